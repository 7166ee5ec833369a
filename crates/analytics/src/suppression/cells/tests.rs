use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Months 0 to 7, quarters 8 to 10 of them (3, 3, 2), weeks 11 to 14, years 15 and 16, everything 17.
const MONTHS: usize = 8;
const QUARTERS: [(usize, &[usize]); 3] = [(8, &[0, 1, 2]), (9, &[3, 4, 5]), (10, &[6, 7])];
const YEARS: [(usize, &[usize]); 2] = [(15, &[8, 9]), (16, &[10])];
const WEEKS: [usize; 4] = [11, 12, 13, 14];
const ALL: usize = 17;
const WINDOWS: usize = 18;

/// Something somebody did: who, in which group, in which month and which week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fact {
    person: usize,
    group: usize,
    month: usize,
    week: usize,
}

fn parts() -> Vec<Vec<Vec<usize>>> {
    let mut parts = vec![Vec::new(); WINDOWS];
    for (window, of) in QUARTERS.iter().chain(&YEARS) {
        parts[*window] = vec![of.to_vec()];
    }
    parts[ALL] = vec![vec![15, 16], WEEKS.to_vec()];
    parts
}

fn windows_of(fact: &Fact) -> [usize; 5] {
    let holds = |(_, of): &&(usize, &'static [usize]), part| of.contains(&part);
    let quarter = QUARTERS.iter().find(|quarter| holds(quarter, fact.month)).expect("a quarter").0;
    let year = YEARS.iter().find(|year| holds(year, quarter)).expect("a year").0;
    [fact.month, quarter, fact.week, year, ALL]
}

fn groups_of(above: &[Option<usize>], group: usize) -> Vec<usize> {
    std::iter::successors(Some(group), |group| above[*group]).collect()
}

/// Everybody by name, in one wave.
fn plane(above: &[Option<usize>], facts: &[Fact]) -> Plane {
    let mut cells: std::collections::BTreeMap<(usize, usize, usize), u64> = Default::default();
    for fact in facts {
        for group in groups_of(above, fact.group) {
            for window in windows_of(fact) {
                *cells.entry((group, window, fact.person)).or_default() += 1;
            }
        }
    }
    let presence = |((group, window, person), facts)| Presence {
        group,
        window,
        person,
        counted: facts,
        known: facts,
    };
    Plane {
        above: above.to_vec(),
        parts: parts(),
        within: vec![0; facts.iter().map(|fact| fact.person + 1).max().unwrap_or(0)],
        presences: cells.into_iter().map(presence).collect(),
        joined: None,
    }
}

fn at(person: usize, group: usize, month: usize) -> Fact {
    Fact { person, group, month, week: WEEKS[month / 2] }
}

/// So many people in a group in a month, named apart by `from`.
fn crowd(from: usize, people: usize, group: usize, month: usize) -> Vec<Fact> {
    (from..from + people).map(|person| at(person, group, month)).collect()
}

/// A company, a department with two teams, and two teams beside it.
const TREE: [Option<usize>; 6] = [None, Some(0), Some(1), Some(1), Some(0), Some(0)];

/// What anybody can work out: cells that are shown, that are what is left of a line, or its sum.
struct Reader<'a> {
    above: &'a [Option<usize>],
    facts: &'a [Fact],
    known: BTreeSet<(usize, usize)>,
}

/// A group and a window.
type Place = (usize, usize);

impl<'a> Reader<'a> {
    fn of(
        above: &'a [Option<usize>],
        facts: &'a [Fact],
        hidden: &BTreeSet<(usize, usize)>,
    ) -> Reader<'a> {
        let mut reader = Reader { above, facts, known: BTreeSet::new() };
        let cells = reader.cells();
        reader.known = cells.difference(hidden).copied().collect();
        loop {
            let more: Vec<(usize, usize)> = cells
                .iter()
                .filter(|cell| !reader.known.contains(cell) && reader.follows(**cell))
                .copied()
                .collect();
            if more.is_empty() {
                return reader;
            }
            reader.known.extend(more);
        }
    }

    fn cells(&self) -> BTreeSet<(usize, usize)> {
        let of = |fact: &Fact| {
            let windows = windows_of(fact);
            let groups = groups_of(self.above, fact.group);
            groups.into_iter().flat_map(move |group| windows.map(|window| (group, window)))
        };
        self.facts.iter().flat_map(of).collect()
    }

    fn is_in(&self, fact: &Fact, (group, window): (usize, usize)) -> bool {
        groups_of(self.above, fact.group).contains(&group) && windows_of(fact).contains(&window)
    }

    fn lines(&self) -> Vec<(Place, Vec<Place>)> {
        let cells = self.cells();
        let mut lines = Vec::new();
        for (group, window) in &cells {
            let below = (0..self.above.len()).filter(|below| self.above[*below] == Some(*group));
            lines.push(((*group, *window), below.map(|below| (below, *window)).collect()));
            for parts in &parts()[*window] {
                lines.push(((*group, *window), parts.iter().map(|part| (*group, *part)).collect()));
            }
        }
        for (_, children) in &mut lines {
            let children: &mut Vec<_> = children;
            children.retain(|child| cells.contains(child));
        }
        lines.retain(|(_, children)| !children.is_empty());
        lines
    }

    /// Facts of a cell that no known cell of its lines' direction has.
    fn rest(&self, cell: (usize, usize), is_tree: bool) -> Vec<&Fact> {
        let known: Vec<&(usize, usize)> = self
            .known
            .iter()
            .filter(|other| {
                **other != cell && if is_tree { other.1 == cell.1 } else { other.0 == cell.0 }
            })
            .filter(|other| self.is_within(**other, cell))
            .collect();
        let mine = self.facts.iter().filter(|fact| self.is_in(fact, cell));
        mine.filter(|fact| !known.iter().any(|other| self.is_in(fact, **other))).collect()
    }

    fn is_within(&self, (group, window): (usize, usize), cell: (usize, usize)) -> bool {
        let holds = |part: usize| {
            let mut next = vec![cell.1];
            while let Some(window) = next.pop() {
                if window == part {
                    return true;
                }
                next.extend(parts()[window].iter().flatten());
            }
            false
        };
        groups_of(self.above, group).contains(&cell.0) && holds(window)
    }

    fn follows(&self, cell: (usize, usize)) -> bool {
        let count = |cell| self.facts.iter().filter(|fact| self.is_in(fact, cell)).count();
        self.lines().iter().any(|(parent, children)| {
            let sum: usize = children.iter().map(|child| count(*child)).sum();
            let is_whole = sum == count(*parent);
            let unknown: Vec<_> =
                children.iter().filter(|child| !self.known.contains(child)).collect();
            let is_left = self.known.contains(parent) && unknown == [&cell];
            is_whole && (is_left || *parent == cell && unknown.is_empty())
        })
    }
}

fn people(facts: &[&Fact]) -> usize {
    facts.iter().map(|fact| fact.person).collect::<BTreeSet<usize>>().len()
}

/// What a reader works out of too few people.
fn leaks(
    above: &[Option<usize>],
    facts: &[Fact],
    hidden: &BTreeSet<(usize, usize)>,
) -> Vec<String> {
    let reader = Reader::of(above, facts, hidden);
    let mut leaks = Vec::new();
    for cell in hidden.intersection(&reader.known) {
        leaks.push(format!("{cell:?} follows"));
    }
    for cell in &reader.known {
        let all: Vec<&Fact> = facts.iter().filter(|fact| reader.is_in(fact, *cell)).collect();
        if people(&all) < ENOUGH {
            leaks.push(format!("{cell:?} is of too few"));
        }
    }
    for (parent, children) in reader.lines() {
        let is_tree = children[0].1 == parent.1;
        let holds_weeks = children.iter().any(|child| WEEKS.contains(&child.1));
        // Weeks and months do not nest: each is a way of its own to cut everything.
        let mut reader = Reader { known: reader.known.clone(), ..reader };
        if !is_tree && parent.1 == ALL {
            reader.known.retain(|cell| cell.1 == ALL || WEEKS.contains(&cell.1) == holds_weeks);
        }
        let rest = people(&reader.rest(parent, is_tree));
        if reader.known.contains(&parent) && (1..ENOUGH).contains(&rest) {
            leaks.push(format!("{parent:?} less {children:?} tells of {rest}"));
        }
    }
    leaks
}

/// Facts by groups of everybody: some of every size.
fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let team = (0..8_usize, 0..TREE.len(), 0..MONTHS, 0..20_usize, 0..4_usize);
    vec(team, 0..24).prop_map(|teams| {
        let of = |(people, group, month, from, week)| {
            let fact = move |person| Fact { person, group, month, week: WEEKS[week] };
            (from..from + people).map(fact)
        };
        teams.into_iter().flat_map(of).collect()
    })
}

fn whole_company() -> impl Strategy<Value = Vec<Fact>> {
    let cell = (5..9_usize, 2..TREE.len(), 0..MONTHS, 0..4_usize);
    vec(cell, 1..12).prop_map(|cells| {
        let of = |(at, (people, group, month, week)): (usize, (usize, usize, usize, usize))| {
            let fact = move |person| Fact { person, group, month, week: WEEKS[week] };
            (10 * at..10 * at + people).map(fact)
        };
        cells.into_iter().enumerate().flat_map(of).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_line_tells_of_fewer_than_five_people(facts in facts()) {
        let hidden = plane(&TREE, &facts).hidden();
        prop_assert_eq!(leaks(&TREE, &facts, &hidden), Vec::<String>::new());
    }

    #[test]
    fn nothing_is_hidden_where_all_cells_are_of_enough(facts in whole_company()) {
        prop_assert_eq!(plane(&TREE, &facts).hidden(), BTreeSet::new());
    }

    #[test]
    fn joined_windows_one_after_the_other_tell_nothing_that_calendar_windows_do_not(
        facts in facts(),
        spans in vec((0..MONTHS, 1..=MONTHS), 1..6),
    ) {
        let mut plane = plane(&TREE, &facts);
        let hidden = plane.clone().hidden();
        let calendar = Reader::of(&TREE, &facts, &hidden);
        for (from, months) in spans {
            let of: BTreeSet<usize> = (from..(from + months).min(MONTHS)).collect();
            with_joined(&mut plane, &of, &facts);
            let with_it = plane.clone().hidden();
            let (mine, others): (BTreeSet<_>, BTreeSet<_>) =
                with_it.into_iter().partition(|cell| cell.1 == WINDOWS);
            prop_assert_eq!(&others, &hidden);
            for group in 0..TREE.len() {
                let of_group = |cells: &[usize]| cells.iter().any(|window| calendar.cells().contains(&(group, *window)));
                let months: Vec<usize> = of.iter().copied().collect();
                if of_group(&months) && !mine.contains(&(group, WINDOWS)) {
                    prop_assert!(tells(&calendar, group, &of), "{} in {:?}", group, of);
                }
            }
        }
    }
}

/// Adds the window of these months after the others.
fn with_joined(plane: &mut Plane, of: &BTreeSet<usize>, facts: &[Fact]) {
    plane.parts.truncate(WINDOWS);
    plane.parts.push(Vec::new());
    plane.presences.retain(|presence| presence.window < WINDOWS);
    let inside: Vec<Fact> = facts.iter().filter(|fact| of.contains(&fact.month)).copied().collect();
    let whole = super::tests::plane(&TREE, &inside).presences;
    let whole = whole.into_iter().filter(|presence| presence.window == ALL);
    plane.presences.extend(whole.map(|presence| Presence { window: WINDOWS, ..presence }));
    plane.joined = Some(Joined { window: WINDOWS, of: of.clone(), roots: vec![ALL] });
}

/// Whether these months are a sum and difference of known windows: by elimination over the months.
fn tells(reader: &Reader<'_>, group: usize, of: &BTreeSet<usize>) -> bool {
    let months: Vec<usize> =
        (0..MONTHS).filter(|month| reader.cells().contains(&(group, *month))).collect();
    let row = |inside: &dyn Fn(usize) -> bool| -> Vec<f64> {
        months.iter().map(|month| if inside(*month) { 1.0 } else { 0.0 }).collect()
    };
    let known = reader.known.iter().filter(|cell| cell.0 == group && !WEEKS.contains(&cell.1));
    let mut rows: Vec<Vec<f64>> =
        known.map(|cell| row(&|month| reader.is_within((group, month), *cell))).collect();
    let before = rank(rows.clone());
    rows.push(row(&|month| of.contains(&month)));
    rank(rows) == before
}

fn rank(mut rows: Vec<Vec<f64>>) -> usize {
    let mut rank = 0;
    for column in 0..rows.first().map_or(0, Vec::len) {
        let Some(pivot) = (rank..rows.len()).find(|row| rows[*row][column].abs() > 1e-9) else {
            continue;
        };
        rows.swap(rank, pivot);
        let first = rows[rank].clone();
        for row in rows.iter_mut().skip(rank + 1) {
            let factor = row[column] / first[column];
            row.iter_mut().zip(&first).for_each(|(own, other)| *own -= factor * other);
        }
        rank += 1;
    }
    rank
}

#[test]
fn a_quarter_less_two_months_tells_nothing_of_the_third() {
    let months = |people: [usize; 3], group, from| {
        (0..3).flat_map(|month| crowd(from, people[month], group, month)).collect::<Vec<_>>()
    };
    let mut facts = [months([6, 7, 3], 4, 0), months([9, 9, 9], 5, 20)].concat();
    facts.iter_mut().for_each(|fact| fact.week = WEEKS[0]);
    let hidden = plane(&TREE, &facts).hidden();
    let of =
        |group| hidden.iter().filter(|cell| cell.0 == group).map(|cell| cell.1).collect::<Vec<_>>();
    assert_eq!(of(4), [0, 2], "the three people, and the smaller of the other months");
    assert_eq!(of(5), [0, 2], "the only other team in them");
    assert_eq!(of(0), Vec::<usize>::new());
}

#[test]
fn the_smallest_other_group_is_hidden_with_a_small_one_and_all_below_it() {
    let facts = [crowd(0, 7, 4, 0), crowd(10, 6, 2, 0), crowd(20, 3, 5, 0)].concat();
    let hidden = plane(&TREE, &facts).hidden();
    let month: Vec<usize> = (0..TREE.len()).filter(|group| hidden.contains(&(*group, 0))).collect();
    assert_eq!(month, [1, 2, 3, 5], "the department of six, its teams, and the three");
}

#[test]
fn below_a_hidden_team_nobody_is_told_to_be_where_nobody_is() {
    let hidden = plane(&TREE, &[crowd(0, 3, 2, 0), crowd(10, 9, 4, 0)].concat()).hidden();
    assert!(hidden.contains(&(2, 0)) && hidden.contains(&(3, 0)), "{hidden:?}");
    assert!(!hidden.contains(&(5, 0)), "the organization's, which is shown");
}

#[test]
fn people_are_counted_within_a_wave_and_left_out_ones_where_none_counts() {
    let presence = |person, counted| Presence { group: 0, window: 0, person, counted, known: 1 };
    let alone = |within: Vec<usize>, presences| {
        Plane { above: vec![None], parts: vec![vec![]], within, presences, joined: None }.hidden()
    };
    let six = |counted| (0..6).map(|person| presence(person, counted)).collect::<Vec<_>>();
    assert!(alone(vec![0; 6], six(1)).is_empty());
    assert!(alone(vec![0; 6], six(0)).is_empty(), "six were left out");
    assert_eq!(alone(vec![0, 0, 0, 1, 1, 1], six(1)).len(), 1, "three in each wave");
    let mut one_counts = six(0);
    one_counts[0].counted = 1;
    assert_eq!(alone(vec![0; 6], one_counts).len(), 1);
}

#[test]
fn who_is_in_two_groups_at_once_hides_neither_more_nor_less() {
    // Five people, all in one team and two of them in another as well.
    let facts = [crowd(0, 5, 4, 0), crowd(0, 2, 5, 0)].concat();
    let hidden = plane(&TREE, &facts).hidden();
    assert!(hidden.contains(&(4, 0)) && hidden.contains(&(5, 0)));
    assert!(!hidden.contains(&(0, 0)));
}

#[test]
fn a_circle_of_groups_has_an_end() {
    let above = [Some(1), Some(0)];
    let presences = (0..3).flat_map(|person| {
        [0, 1].map(|group| Presence { group, window: 0, person, counted: 1, known: 1 })
    });
    let plane = Plane {
        above: above.to_vec(),
        parts: vec![vec![]],
        within: vec![0; 3],
        presences: presences.collect(),
        joined: None,
    };
    assert_eq!(plane.hidden().len(), 2);
}
