//! Which cells, groups in windows, are hidden: those of too few people, and enough others that
//! nobody can subtract their way to one.
//!
//! Cells stand in lines: a group and the groups below it in the same window, and a window and the
//! windows nested in it of the same group. What a line with a shown parent tells beyond its shown
//! children is its rest. Two things hold at the end. The rest of every line is of nobody or of
//! enough people. And no hidden cell follows from one line: where it would be a line's only unknown,
//! or the sum of shown parts, another cell is hidden with it. The second is what makes a cell that is
//! hidden for the sake of another any use, for each stands in lines of both directions.
//!
//! Fine windows and small groups are hidden before coarse and large ones, the parent of a line only
//! where none of its children is left. Every step hides a cell, so there is an end.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// Groups with fewer people are hidden.
pub(super) const ENOUGH: usize = 5;

/// Somebody in a group in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Presence {
    /// Place of the group in [`Plane::above`].
    pub(super) group: usize,
    /// Place of the window in [`Plane::parts`].
    pub(super) window: usize,
    /// Place of the person in [`Plane::within`].
    pub(super) person: usize,
    /// How many facts of theirs count.
    pub(super) counted: u64,
    /// How many facts of theirs there are, with those that are left out.
    pub(super) known: u64,
}

impl Presence {
    fn fact(&self) -> (usize, bool) {
        (self.person, self.counted > 0)
    }
}

/// A window that is no calendar window and yet made of whole ones.
#[derive(Debug, Clone)]
pub(super) struct Joined {
    /// Its place in [`Plane::parts`].
    pub(super) window: usize,
    /// The finest calendar windows that it is made of.
    pub(super) of: BTreeSet<usize>,
    /// The coarsest calendar windows, which hold all others.
    pub(super) roots: Vec<usize>,
}

/// Groups, windows and who is where. Where sizes are equal the earlier place is hidden.
#[derive(Debug, Clone, Default)]
pub(super) struct Plane {
    /// The group next above each.
    pub(super) above: Vec<Option<usize>>,
    /// The ways in which each window is cut into others, the calendar's way first; finer windows
    /// have earlier places.
    pub(super) parts: Vec<Vec<Vec<usize>>>,
    /// What each person is one person within, such as a wave of a survey.
    pub(super) within: Vec<usize>,
    /// Who is where, each at most once in a cell.
    pub(super) presences: Vec<Presence>,
    /// A window that must tell nothing that the others do not.
    pub(super) joined: Option<Joined>,
}

impl Plane {
    /// The hidden cells, as places of group and window.
    pub(super) fn hidden(self) -> BTreeSet<(usize, usize)> {
        let mut cells = Cells::of(self);
        cells.hide_small();
        cells.settle();
        cells.hide_untold();
        cells.settle();
        cells.hidden()
    }
}

/// A group in a window, with at least one person.
struct Cell {
    group: usize,
    window: usize,
    /// Its presences, by person.
    presences: Range<usize>,
    people: usize,
    is_hidden: bool,
    /// Lines it is the parent of.
    below: Vec<usize>,
    /// The line of its group's parent in the same window.
    tree: Option<usize>,
    /// Lines of windows that hold its window.
    longer: Vec<usize>,
}

/// A cell and the cells that it is made of, as places.
struct Line {
    parent: usize,
    children: Vec<usize>,
    direction: Direction,
    /// Who has facts in the parent that no child has, and whether such a fact counts.
    beyond: Vec<(usize, bool)>,
    /// Whether a cell of it was hidden since it was last looked at.
    is_stale: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Groups,
    Windows,
}

struct Cells {
    plane: Plane,
    cells: Vec<Cell>,
    places: HashMap<(usize, usize), usize>,
    lines: Vec<Line>,
    /// Cells of the groups next below, in the same window.
    below: Vec<Vec<usize>>,
}

impl Cells {
    fn of(mut plane: Plane) -> Cells {
        plane.presences.sort_unstable();
        let mut cells: Vec<Cell> = Vec::new();
        for (at, presence) in plane.presences.iter().enumerate() {
            match cells.last_mut() {
                Some(cell) if (cell.group, cell.window) == (presence.group, presence.window) => {
                    cell.presences.end = at + 1;
                }
                _ => cells.push(Cell {
                    group: presence.group,
                    window: presence.window,
                    presences: at..at + 1,
                    people: 0,
                    is_hidden: false,
                    below: Vec::new(),
                    tree: None,
                    longer: Vec::new(),
                }),
            }
        }
        let places =
            cells.iter().enumerate().map(|(at, cell)| ((cell.group, cell.window), at)).collect();
        let below = vec![Vec::new(); cells.len()];
        let mut all = Cells { plane, cells, places, lines: Vec::new(), below };
        for at in 0..all.cells.len() {
            all.cells[at].people = size(all.presences(at), &all.plane.within);
        }
        all.draw();
        all
    }

    /// Draws the lines: first those of groups from the top down, then those of windows, each from
    /// fine windows to coarse ones.
    fn draw(&mut self) {
        for at in 0..self.cells.len() {
            if let Some(above) = self.plane.above[self.cells[at].group]
                && let Some(parent) = self.places.get(&(above, self.cells[at].window))
            {
                self.below[*parent].push(at);
            }
        }
        let depths: Vec<usize> =
            (0..self.plane.above.len()).map(|group| self.depth(group)).collect();
        let mut order: Vec<usize> = (0..self.cells.len()).collect();
        order.sort_by_key(|at| {
            let cell = &self.cells[*at];
            (depths[cell.group], cell.window, cell.group)
        });
        for parent in &order {
            self.line(*parent, self.below[*parent].clone(), Direction::Groups);
        }
        for parent in order {
            let Cell { group, window, .. } = self.cells[parent];
            let ways: Vec<Vec<usize>> =
                self.plane.parts[window].iter().map(|parts| self.cells_in(group, parts)).collect();
            for children in ways {
                self.line(parent, children, Direction::Windows);
            }
        }
    }

    /// How many groups are above; a circle of groups has an end too.
    fn depth(&self, group: usize) -> usize {
        let above = |group: &usize| self.plane.above[*group];
        std::iter::successors(above(&group), above).take(self.plane.above.len()).count()
    }

    fn cells_in<'a>(
        &self,
        group: usize,
        windows: impl IntoIterator<Item = &'a usize>,
    ) -> Vec<usize> {
        let place = |window: &usize| self.places.get(&(group, *window)).copied();
        windows.into_iter().filter_map(place).collect()
    }

    fn line(&mut self, parent: usize, children: Vec<usize>, direction: Direction) {
        if children.is_empty() {
            return;
        }
        let line = self.lines.len();
        let beyond = self.beyond(parent, &children);
        self.cells[parent].below.push(line);
        for child in &children {
            match direction {
                Direction::Groups => self.cells[*child].tree = Some(line),
                Direction::Windows => self.cells[*child].longer.push(line),
            }
        }
        self.lines.push(Line { parent, children, direction, beyond, is_stale: true });
    }

    /// Who has facts in the parent that are not in these cells, and whether such a fact counts.
    fn beyond(&self, parent: usize, cells: &[usize]) -> Vec<(usize, bool)> {
        let mut left = self.presences(parent).to_vec();
        for presence in cells.iter().flat_map(|cell| self.presences(*cell)) {
            if let Ok(at) = left.binary_search_by_key(&presence.person, |left| left.person) {
                left[at].counted = left[at].counted.saturating_sub(presence.counted);
                left[at].known = left[at].known.saturating_sub(presence.known);
            }
        }
        let some = left.into_iter().filter(|left| left.known > 0);
        some.map(|left| (left.person, left.counted > 0)).collect()
    }

    fn presences(&self, cell: usize) -> &[Presence] {
        &self.plane.presences[self.cells[cell].presences.clone()]
    }

    /// Cells of too few people, with what is below them.
    fn hide_small(&mut self) {
        for at in 0..self.cells.len() {
            if self.cells[at].people < ENOUGH {
                self.hide(at);
            }
        }
    }

    /// Hides a cell and those of the groups below it.
    fn hide(&mut self, cell: usize) {
        let mut next = vec![cell];
        while let Some(cell) = next.pop() {
            if !self.cells[cell].is_hidden {
                self.cells[cell].is_hidden = true;
                self.soil(cell);
                next.extend(&self.below[cell]);
            }
        }
    }

    /// Marks the lines that a cell stands in, and those that look through a hidden cell at it.
    fn soil(&mut self, cell: usize) {
        let Cell { below, tree, longer, .. } = &self.cells[cell];
        let mut above = longer.clone();
        for line in below.iter().chain(tree) {
            self.lines[*line].is_stale = true;
        }
        while let Some(line) = above.pop() {
            self.lines[line].is_stale = true;
            above.extend(&self.cells[self.lines[line].parent].longer);
        }
    }

    /// Hides what has to be until nothing has.
    fn settle(&mut self) {
        while self.lines.iter().any(|line| line.is_stale) {
            for line in 0..self.lines.len() {
                while std::mem::take(&mut self.lines[line].is_stale) {
                    if let Some(cell) = self.next(line) {
                        self.hide(cell);
                    }
                }
            }
        }
    }

    /// The cell to hide so that the line tells less; `None` where it tells nothing.
    fn next(&self, line: usize) -> Option<usize> {
        let Line { parent, children, beyond, .. } = &self.lines[line];
        let hidden = children.iter().filter(|child| self.cells[**child].is_hidden).count();
        if self.cells[*parent].is_hidden {
            let is_sum = hidden == 0 && beyond.is_empty();
            return is_sum.then(|| self.smallest(self.shown(line, false))).flatten();
        }
        if hidden == 0 && beyond.is_empty() {
            return None;
        }
        let is_alone = hidden == 1 && beyond.is_empty();
        if is_alone || self.tells_of_few(line) {
            return Some(self.smallest(self.shown(line, !is_alone)).unwrap_or(*parent));
        }
        None
    }

    /// Whether the rest of a line is of too few people. Facts may be somebody's in several groups at
    /// once, so that the people in hidden groups and those behind what is left are not the same.
    fn tells_of_few(&self, line: usize) -> bool {
        let is_few = |crowd: Crowd<'_>| (1..ENOUGH).contains(&crowd.size());
        let mut unseen = Crowd::of(&self.plane.within);
        self.gather(line, &mut unseen);
        if is_few(unseen) {
            return true;
        }
        let Line { parent, children, direction, .. } = &self.lines[line];
        *direction == Direction::Groups && {
            let shown: Vec<usize> =
                children.iter().copied().filter(|child| !self.cells[*child].is_hidden).collect();
            let mut left = Crowd::of(&self.plane.within);
            left.join(self.beyond(*parent, &shown));
            is_few(left)
        }
    }

    /// Adds who is in the hidden part of a line: of a hidden window that is cut further, only those in
    /// its own hidden part.
    fn gather(&self, line: usize, crowd: &mut Crowd<'_>) {
        let Line { children, beyond, direction, .. } = &self.lines[line];
        crowd.join(beyond.iter().copied());
        for child in children.iter().filter(|child| self.cells[**child].is_hidden) {
            if crowd.is_enough() {
                return;
            }
            match self.deeper(*child, *direction) {
                Some(line) => self.gather(line, crowd),
                None => crowd.join(self.presences(*child).iter().map(Presence::fact)),
            }
        }
    }

    /// The line of shorter windows in a cell of a line of windows. Below a hidden group all is hidden.
    fn deeper(&self, cell: usize, direction: Direction) -> Option<usize> {
        let mut lines = self.cells[cell].below.iter().copied();
        lines.find(|line| {
            direction == Direction::Windows && self.lines[*line].direction == Direction::Windows
        })
    }

    /// The shown children of a line, and how deep below it they are: also parts of hidden windows.
    fn shown(&self, line: usize, with_parts: bool) -> Vec<(usize, usize)> {
        let mut shown = Vec::new();
        let mut next = vec![(0, line)];
        while let Some((depth, line)) = next.pop() {
            let Line { children, direction, .. } = &self.lines[line];
            for child in children {
                if !self.cells[*child].is_hidden {
                    shown.push((depth, *child));
                } else if with_parts && let Some(line) = self.deeper(*child, *direction) {
                    next.push((depth + 1, line));
                }
            }
        }
        shown
    }

    /// The cell to hide of these: the finest; of those one in whose window another group is hidden
    /// already, so that no more have to be; the one of fewest people.
    fn smallest(&self, shown: Vec<(usize, usize)>) -> Option<usize> {
        let key = |(depth, cell): &(usize, usize)| {
            let Cell { people, group, window, .. } = self.cells[*cell];
            (Reverse(*depth), self.is_first(*cell), people, window, group)
        };
        shown.iter().min_by_key(|shown| key(shown)).map(|(_, cell)| *cell)
    }

    /// Whether a shown cell, once hidden, would be the only unknown among the groups of its window.
    fn is_first(&self, cell: usize) -> bool {
        self.cells[cell].tree.map(|line| &self.lines[line]).is_some_and(|line| {
            line.beyond.is_empty()
                && line.children.iter().all(|child| !self.cells[*child].is_hidden)
        })
    }

    /// The hidden cells as places of group and window, with those below a hidden team in which nobody
    /// is: that nobody is there tells of who is in the others.
    fn hidden(&self) -> BTreeSet<(usize, usize)> {
        let above = &self.plane.above;
        let mut below = vec![Vec::new(); above.len()];
        for (group, above) in above.iter().enumerate() {
            if let Some(above) = above {
                below[*above].push(group);
            }
        }
        let mut hidden = BTreeSet::new();
        for cell in self.cells.iter().filter(|cell| cell.is_hidden) {
            let mut next = vec![cell.group];
            while let Some(group) = next.pop() {
                if hidden.insert((group, cell.window)) && above[group].is_some() {
                    next.extend(&below[group]);
                }
            }
        }
        hidden
    }

    /// Hides of the joined window what does not follow from the calendar's: whoever asks for several
    /// such windows, one after the other, must learn nothing from their differences.
    fn hide_untold(&mut self) {
        let Some(Joined { window, of, roots }) = self.plane.joined.clone() else { return };
        for at in 0..self.cells.len() {
            let Cell { group, window: own, .. } = self.cells[at];
            if own != window {
                continue;
            }
            let is_whole = self.beyond(at, &self.cells_in(group, &of)).is_empty();
            let is_told = roots.iter().all(|root| self.is_told(group, *root, &of, true));
            if !is_whole || !is_told {
                self.hide(at);
            }
        }
    }

    /// Whether shown cells tell the part of a group's window that is within some windows, or the part
    /// that is not.
    fn is_told(&self, group: usize, window: usize, of: &BTreeSet<usize>, inside: bool) -> bool {
        let Some(cell) = self.places.get(&(group, window)) else { return true };
        let is_shown = !self.cells[*cell].is_hidden;
        let Some(parts) = self.plane.parts[window].first() else {
            return is_shown || of.contains(&window) != inside;
        };
        let told = |inside| parts.iter().all(|part| self.is_told(group, *part, of, inside));
        told(inside)
            || is_shown
                && self.beyond(*cell, &self.cells_in(group, parts)).is_empty()
                && told(!inside)
    }
}

/// How many people there are, each once.
fn size(presences: &[Presence], within: &[usize]) -> usize {
    let (mut counted, mut known) = (Tally::default(), Tally::default());
    for presence in presences {
        known.add(within[presence.person]);
        if presence.counted > 0 {
            counted.add(within[presence.person]);
        }
    }
    told(&counted, &known)
}

/// Who is left out matters where nobody counts: how many were left out is told then.
fn told(counted: &Tally, known: &Tally) -> usize {
    if counted.most > 0 { counted.most } else { known.most }
}

/// People, counted within what they are one person in.
struct Crowd<'a> {
    within: &'a [usize],
    /// Who is there, and whether with a fact that counts.
    people: HashMap<usize, bool>,
    counted: Tally,
    known: Tally,
}

/// How many people there are within each, and within that of most.
#[derive(Default)]
struct Tally {
    within: HashMap<usize, usize>,
    most: usize,
}

impl Tally {
    fn add(&mut self, within: usize) {
        let people = self.within.entry(within).or_default();
        *people += 1;
        self.most = self.most.max(*people);
    }
}

impl Crowd<'_> {
    fn of(within: &[usize]) -> Crowd<'_> {
        Crowd { within, people: HashMap::new(), counted: Tally::default(), known: Tally::default() }
    }

    fn join(&mut self, people: impl IntoIterator<Item = (usize, bool)>) {
        for (person, is_counted) in people {
            let within = self.within[person];
            let before = self.people.get(&person).copied();
            if before.is_none() {
                self.known.add(within);
            }
            if is_counted && before != Some(true) {
                self.counted.add(within);
            }
            self.people.insert(person, is_counted || before == Some(true));
        }
    }

    fn size(&self) -> usize {
        told(&self.counted, &self.known)
    }

    /// True where nobody who joins could make it too small.
    fn is_enough(&self) -> bool {
        self.counted.most >= ENOUGH
    }
}

#[cfg(test)]
mod tests;
