//! Synthetic people: names, identity numbers that fit nobody, and who of them is single.

use std::collections::BTreeSet;

use tongban_sdk::Date;

/// Area code of the county.
const HOME: &str = "150627";
/// Where people live who come from another province.
const ELSEWHERE: [&str; 4] = ["610802", "140602", "620102", "130602"];
/// Singles of the scenarios' age, besides those of [`engaged`].
const SINGLES: usize = 24;
/// Couples who may marry one of these days.
const ENGAGED: usize = 150;
/// One engaged couple in so many has somebody from another province.
const ELSEWHERE_EVERY: usize = 9;
const SURNAMES: [&str; 24] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
    "何", "郭", "马", "罗", "梁", "宋", "郑", "谢",
];
const MALE_NAMES: [&str; 20] = [
    "建国",
    "志强",
    "文博",
    "子轩",
    "浩然",
    "明哲",
    "振华",
    "立新",
    "嘉诚",
    "思远",
    "国栋",
    "海涛",
    "晓峰",
    "永胜",
    "少华",
    "巴特尔",
    "苏和",
    "朝鲁",
    "俊杰",
    "天佑",
];
const FEMALE_NAMES: [&str; 20] = [
    "秀英",
    "丽华",
    "雨桐",
    "诗涵",
    "静怡",
    "美玲",
    "春燕",
    "晓彤",
    "欣怡",
    "若兰",
    "慧敏",
    "玉珍",
    "雪梅",
    "婉婷",
    "佳宁",
    "其其格",
    "乌兰",
    "娜仁",
    "思琪",
    "红霞",
];
/// Name, key, number: the persons of the specification's scenarios.
pub(crate) const FIXTURES: [(&str, &str, &str); 9] = [
    ("李嘉远", "person-m1", "150603200403109010"),
    ("王景行", "person-m2", "150603200403119032"),
    ("张弘毅", "person-m3", "150603199602299050"),
    ("陈闰生", "person-m4", "150603200402299078"),
    ("周明朗", "person-m5", "150603199909099096"),
    ("刘若晴", "person-w1", "150603200603109023"),
    ("杨清和", "person-w2", "150603200603119045"),
    ("赵知夏", "person-w3", "150603199807019067"),
    ("孙婉宁", "person-w4", "150603200005209083"),
];

/// Somebody of the county.
#[derive(Clone)]
pub(crate) struct Person {
    /// Key of the person index.
    pub(crate) key: String,
    /// 姓名
    pub(crate) name: String,
    /// 公民身份号码
    pub(crate) id_number: String,
    /// Whether it is a man.
    pub(crate) male: bool,
    /// Area code of the address that the police know.
    pub(crate) address: &'static str,
    /// What the departments say otherwise of this person.
    pub(crate) remark: Option<Remark>,
}

/// What the departments say otherwise of a person, for whoever looks for such a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remark {
    /// The marriage base has an old record of which nobody knows whether it still holds.
    RegistryUnclear,
    /// The marriage base answers with a word that its interface does not have.
    RegistryUnreadable,
    /// The marriage base has a record in conflict with the registration of this couple.
    UploadConflict,
    /// The marriage base does not take the registration of this couple.
    UploadNotTaken,
}

impl Remark {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RegistryUnclear => "REGISTRY_UNCLEAR",
            Self::RegistryUnreadable => "REGISTRY_UNREADABLE",
            Self::UploadConflict => "UPLOAD_CONFLICT",
            Self::UploadNotTaken => "UPLOAD_NOT_TAKEN",
        }
    }
}

/// A fixed linear congruential generator: the same people on every machine.
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }
}

fn check_character(digits: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, it)| u32::from(digit - b'0') * it)
        .sum();
    char::from(b"10X98765432"[(sum % 11) as usize])
}

/// Whoever was made up so far.
pub(crate) struct People {
    pub(crate) seed: Seed,
    taken: BTreeSet<String>,
    count: usize,
}

impl People {
    /// Nobody yet, but for the persons of the scenarios.
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            seed,
            taken: FIXTURES.iter().map(|it| it.2.to_owned()).collect(),
            count: 0,
        }
    }

    /// Somebody born on the day, or on one soon after.
    pub(crate) fn born_about(&mut self, male: bool, birth: Date) -> Person {
        let mut day = birth;
        let id_number = loop {
            let sequence = if male {
                901 + 2 * self.seed.below(5)
            } else {
                902 + 2 * self.seed.below(4)
            };
            let digits = format!(
                "150603{:04}{:02}{:02}{sequence}",
                day.year(),
                day.month(),
                day.day()
            );
            let number = format!("{digits}{}", check_character(&digits));
            if self.taken.insert(number.clone()) {
                break number;
            }
            day = day.plus_days(1);
        };
        self.count += 1;
        let given = if male { MALE_NAMES } else { FEMALE_NAMES };
        let name = format!(
            "{}{}",
            SURNAMES[self.seed.below(SURNAMES.len())],
            given[self.seed.below(given.len())]
        );
        Person {
            key: format!("person-{:04}", self.count),
            name,
            id_number,
            male,
            address: HOME,
            remark: None,
        }
    }
}

/// A person of the scenarios.
pub(crate) fn fixture(key: &str) -> Person {
    let (name, key, number) = FIXTURES
        .into_iter()
        .find(|it| it.1 == key)
        .expect("a fixture person");
    let male = key.starts_with("person-m");
    Person {
        key: key.into(),
        name: name.into(),
        id_number: number.into(),
        male,
        address: HOME,
        remark: None,
    }
}

/// Men and women in turn, born from 1996 on.
pub(crate) fn singles(people: &mut People) -> Vec<Person> {
    let born = |idx: usize| day("1996-02-11", idx * 131);
    (0..SINGLES)
        .map(|idx| people.born_about(idx % 2 == 0, born(idx)))
        .collect()
}

/// Couples of whom nobody is married yet: each man with his bride after him. Of the last of them, the departments say
/// something that no clerk likes to hear, or they are too young.
pub(crate) fn engaged(people: &mut People) -> Vec<Person> {
    let mut persons = Vec::with_capacity(2 * ENGAGED);
    for idx in 0..ENGAGED {
        let mut man = people.born_about(true, day("1990-03-04", idx * 32));
        let mut woman = people.born_about(false, day("1991-08-20", idx * 33));
        if idx % ELSEWHERE_EVERY == 5 {
            let away = ELSEWHERE[idx / ELSEWHERE_EVERY % ELSEWHERE.len()];
            if idx % 2 == 0 {
                man.address = away;
            } else {
                woman.address = away;
            }
        }
        persons.extend([man, woman]);
    }
    persons.extend(remarked(people));
    // Too young in the spring of 2026: he turns 22 in summer, and in the other couple she turns 20.
    for (his, hers) in [("2004-07-11", "2004-09-02"), ("2002-11-23", "2006-08-19")] {
        persons.push(people.born_about(true, day(his, 0)));
        persons.push(people.born_about(false, day(hers, 0)));
    }
    persons
}

fn remarked(people: &mut People) -> Vec<Person> {
    const OF_ONE: [Remark; 4] = [
        Remark::RegistryUnclear,
        Remark::RegistryUnclear,
        Remark::RegistryUnreadable,
        Remark::RegistryUnreadable,
    ];
    const OF_BOTH: [Remark; 2] = [Remark::UploadConflict, Remark::UploadNotTaken];
    let mut persons = Vec::new();
    for (idx, remark) in OF_ONE.into_iter().chain(OF_BOTH).enumerate() {
        let mut man = people.born_about(true, day("1984-05-06", idx * 301));
        let mut woman = people.born_about(false, day("1986-10-12", idx * 299));
        man.remark = Some(remark);
        woman.remark = OF_BOTH.contains(&remark).then_some(remark);
        persons.extend([man, woman]);
    }
    persons
}

fn day(first: &str, days: usize) -> Date {
    let first: Date = first.parse().expect("a date written here");
    first.plus_days(i32::try_from(days).expect("a small number of days"))
}
