//! The person index of the sample county, and who of it comes to the counter.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

/// Somebody of the county.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Key of the person index.
    pub person_id: String,
    /// 姓名
    pub name: String,
    /// 公民身份号码
    pub id_number: String,
    /// What the departments say otherwise.
    pub remark: Option<String>,
}

/// Two who are, or were, married.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Couple {
    /// 丈夫
    pub husband: Person,
    /// 妻子
    pub wife: Person,
    /// 结婚证字号
    pub cert_number: String,
    /// 登记日期
    pub date: String,
    /// 登记机关
    pub authority_code: String,
    /// 状态
    pub status: String,
    /// When it ended.
    pub ended_on: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Index {
    singles: Vec<Person>,
    couples: Vec<Couple>,
}

impl Person {
    /// Whether it is a man, by the seventeenth digit.
    pub fn is_man(&self) -> bool {
        let digit = self.id_number.as_bytes().get(16);
        digit.is_some_and(|it| (it - b'0') % 2 == 1)
    }

    /// The day of birth, by the number.
    pub fn born_on(&self) -> Date {
        let digits = self.id_number.get(6..14).unwrap_or_default();
        Date::strptime("%Y%m%d", digits).unwrap_or(Date::MIN)
    }

    /// The person as a party of a case, who declares this marital status.
    pub fn party(&self, declared: &str) -> Value {
        let sex = if self.is_man() { "1" } else { "2" };
        let document = json!({
            "type": "ID_CARD",
            "number": self.id_number,
            "validFrom": "2019-05-06",
            "validTo": "2039-05-06",
        });
        json!({
            "personId": self.person_id,
            "name": self.name,
            "sex": sex,
            "birthDate": self.born_on().to_string(),
            "kind": "MAINLAND",
            "idNumber": self.id_number,
            "idDocs": [document],
            "declaredMaritalStatus": declared,
            "mobile": self.mobile(),
        })
    }

    /// A number that nobody has: the operator gives no numbers with four zeros here.
    fn mobile(&self) -> String {
        let digits = self
            .person_id
            .bytes()
            .filter(u8::is_ascii_digit)
            .map(char::from);
        format!("1390000{:0>4}", digits.collect::<String>())
    }
}

/// Who can come, each once.
#[derive(Debug, Clone)]
pub struct People {
    engaged: Vec<[Person; 2]>,
    remarked: Vec<[Person; 2]>,
    young: Vec<[Person; 2]>,
    couples: Vec<Couple>,
    divorced: Vec<(Person, Couple)>,
    taken: BTreeSet<String>,
}

/// Divorced couples who may marry each other again; of the others each goes a way of its own.
const SAME_COUPLES: usize = 2;

impl People {
    /// Reads a county's `people.json`; `day` says who is of age.
    pub fn read(path: &Path, day: Date) -> anyhow::Result<Self> {
        let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let index: Index =
            serde_json::from_slice(&text).context("people.json is no person index")?;
        let (men, women): (Vec<_>, Vec<_>) = index.singles.into_iter().partition(Person::is_man);
        let mut people = Self {
            engaged: Vec::new(),
            remarked: Vec::new(),
            young: Vec::new(),
            couples: index.couples,
            divorced: Vec::new(),
            taken: BTreeSet::new(),
        };
        for pair in men.into_iter().zip(women).map(|(man, woman)| [man, woman]) {
            let of_age = is_of_age(&pair[0], 22, day) && is_of_age(&pair[1], 20, day);
            let list = match (of_age, pair.iter().any(|it| it.remark.is_some())) {
                (false, _) => &mut people.young,
                (true, true) => &mut people.remarked,
                (true, false) => &mut people.engaged,
            };
            list.push(pair);
        }
        people.engaged.reverse();
        people.young.reverse();
        // The young first: who comes to the counter is mostly young.
        people.couples.sort_by_key(|it| it.husband.born_on());
        // The couple of the README's tour has its own story.
        people
            .couples
            .retain(|it| it.husband.person_id != "person-m3");
        people.divorced = people.divorced_apart();
        Ok(people)
    }

    /// Everybody whose marriage a divorce has ended, the women first, since the last is taken first.
    fn divorced_apart(&self) -> Vec<(Person, Couple)> {
        let ended = |it: &&Couple| it.status.starts_with("DIVORCED");
        let mut couples: Vec<&Couple> = self.couples.iter().filter(ended).collect();
        let again: Vec<&Couple> = self.same_couples().take(SAME_COUPLES).collect();
        couples.retain(|it| !again.contains(it));
        let wives = couples.iter().map(|it| (it.wife.clone(), (*it).clone()));
        let husbands = couples.iter().map(|it| (it.husband.clone(), (*it).clone()));
        wives.chain(husbands).collect()
    }

    fn same_couples(&self) -> impl Iterator<Item = &Couple> {
        let ended = |it: &&Couple| it.status == "DIVORCED_REG";
        self.couples.iter().rev().filter(ended)
    }

    /// Somebody divorced, with the marriage that has ended.
    pub fn divorced(&mut self) -> anyhow::Result<(Person, Couple)> {
        self.divorced.pop().context("nobody else is divorced")
    }

    /// Two who may marry.
    pub fn engaged(&mut self) -> anyhow::Result<[Person; 2]> {
        self.engaged.pop().context("no more singles of age")
    }

    /// Two of whom one is too young.
    pub fn young(&mut self) -> anyhow::Result<[Person; 2]> {
        self.young.pop().context("no more young couples")
    }

    /// Two of whom this is remarked.
    pub fn remarked(&mut self, remark: &str) -> anyhow::Result<[Person; 2]> {
        let has = |it: &[Person; 2]| it.iter().any(|it| it.remark.as_deref() == Some(remark));
        let idx = self.remarked.iter().position(has);
        let idx = idx.with_context(|| format!("no more couples with {remark}"))?;
        Ok(self.remarked.remove(idx))
    }

    /// How many couples fit.
    pub fn n_couples(&self, fits: impl Fn(&Couple) -> bool) -> usize {
        let free = |it: &&Couple| !self.taken.contains(&it.cert_number) && fits(it);
        self.couples.iter().filter(free).count()
    }

    /// The youngest couple that fits.
    pub fn couple(&mut self, fits: impl Fn(&Couple) -> bool) -> anyhow::Result<Couple> {
        let free = |it: &Couple| !self.taken.contains(&it.cert_number) && fits(it);
        let found = self.couples.iter().rev().find(|it| free(it)).cloned();
        let found = found.context("no more couples of this kind")?;
        self.taken.insert(found.cert_number.clone());
        Ok(found)
    }

    /// Two who are married, by this county's archive.
    pub fn married(&mut self, authority: &str) -> anyhow::Result<Couple> {
        self.couple(|it| it.status == "VALID" && it.authority_code == authority)
    }
}

fn is_of_age(person: &Person, years: i16, day: Date) -> bool {
    let born = person.born_on();
    let on = Date::new(born.year() + years, born.month(), born.day().min(28));
    on.is_ok_and(|it| it <= day)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use tongban_tests_support::paths;

    use super::*;

    #[test]
    fn everybody_comes_once() {
        let path = paths::sample_county().join("people.json");
        let mut people = People::read(&path, date(2026, 2, 19)).unwrap();
        let mut seen = BTreeSet::new();
        while let Ok(pair) = people.engaged() {
            assert!(pair[0].is_man() && !pair[1].is_man());
            assert!(pair.into_iter().all(|it| seen.insert(it.person_id)));
        }
        while let Ok(couple) = people.married("15062701") {
            assert!(seen.insert(couple.husband.person_id) && seen.insert(couple.wife.person_id));
        }
        assert!(seen.len() > 400, "{}", seen.len());
        assert!(
            !seen.contains("person-m3"),
            "the tour's people are left alone"
        );
        assert_eq!(
            people.young().unwrap().map(|it| it.born_on().year()),
            [2004, 2004]
        );
    }
}
