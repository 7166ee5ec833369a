//! Who may log in, and what they see.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use datafusion_postgres::pgwire::api::auth::sasl::scram::{SCRAM_ITERATIONS, gen_salted_password};
use datafusion_postgres::pgwire::api::auth::{AuthSource, LoginInfo, Password};
use datafusion_postgres::pgwire::error::PgWireResult;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use crate::exit::Failure;

const SALT_BYTES: usize = 16;

/// Users by name. Passwords are salted when the server starts, and not kept.
pub(crate) struct Access {
    users: BTreeMap<String, User>,
    /// Makes up salts for names that are nobody's, the same one each time: who knocks must not
    /// learn which names there are.
    decoy: [u8; 32],
}

struct User {
    salt: Vec<u8>,
    salted: Vec<u8>,
    sees_people: bool,
}

impl fmt::Debug for Access {
    /// Names only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.users.keys()).finish()
    }
}

impl Access {
    /// Lets these users in: name, password, and whether they see people.
    ///
    /// # Errors
    /// Where the system has no random numbers.
    pub(crate) fn of(users: Vec<(String, SecretString, bool)>) -> Result<Access, Failure> {
        let mut known = BTreeMap::new();
        for (name, password, sees_people) in users {
            let salt = random::<SALT_BYTES>()?.to_vec();
            let salted = gen_salted_password(password.expose_secret(), &salt, SCRAM_ITERATIONS);
            known.insert(name, User { salt, salted, sees_people });
        }
        Ok(Access { users: known, decoy: random()? })
    }

    /// True where nobody needs to log in.
    pub(super) fn is_open(&self) -> bool {
        self.users.is_empty()
    }

    /// Whether a user who has logged in sees people.
    pub(super) fn sees_people(&self, user: Option<&str>) -> bool {
        user.and_then(|user| self.users.get(user)).is_some_and(|user| user.sees_people)
    }
}

fn random<const BYTES: usize>() -> Result<[u8; BYTES], Failure> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::failed("failed to draw a salt for passwords", error))?;
    Ok(bytes)
}

#[async_trait]
impl AuthSource for Access {
    async fn get_password(&self, login: &LoginInfo) -> PgWireResult<Password> {
        let name = login.user().unwrap_or_default();
        Ok(match self.users.get(name) {
            Some(user) => Password::new(Some(user.salt.clone()), user.salted.clone()),
            None => {
                let mut hash = Sha256::new();
                hash.update(self.decoy);
                hash.update(name.as_bytes());
                let made_up = hash.finalize().to_vec();
                let never = Sha256::digest(&made_up).to_vec();
                Password::new(Some(made_up[..SALT_BYTES].to_vec()), never)
            }
        })
    }
}
