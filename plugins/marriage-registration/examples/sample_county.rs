//! Writes the synthetic people of the sample county, `examples/county-150627`: the registry behind
//! the simulated exchange and the records the county starts with. Everything follows from fixed
//! tables and one fixed seed, so that two runs write the same bytes.
//!
//! The people cannot exist: the sequence codes 901 to 909 are combined with a county code
//! (150603, since 2016) that is younger than all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::{Value, json};
use tongban_sdk::Date;

const AUTHORITY: &str = "15062701";
const OTHER_AUTHORITY: &str = "15060201";
const COUPLES: usize = 150;
const SINGLES: usize = 24;
/// One couple in so many was married at another authority, whose archive is not ours.
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
const FIXTURES: [(&str, &str, &str); 9] = [
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

#[derive(Clone)]
struct Person {
    key: String,
    name: String,
    id_number: String,
    male: bool,
}

struct Marriage {
    husband: Person,
    wife: Person,
    number: String,
    date: Date,
    authority: &'static str,
    status: &'static str,
    ended: Option<Date>,
}

/// A fixed linear congruential generator: the same people on every machine.
struct Seed(u64);

impl Seed {
    fn below(&mut self, bound: usize) -> usize {
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

struct People {
    seed: Seed,
    taken: BTreeSet<String>,
    count: usize,
}

impl People {
    fn born_about(&mut self, male: bool, birth: Date) -> Person {
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
        }
    }
}

fn fixture(key: &str) -> Person {
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
    }
}

fn date(text: &str) -> Date {
    text.parse().expect("a date written here")
}

fn masked(number: &str) -> String {
    format!("{}********{}", &number[..6], &number[14..])
}

/// The area code that the number of that year names: the banners of 伊克昭盟 were recoded in 2001.
fn area_in(authority: &'static str, year: i32) -> &'static str {
    match (authority, year) {
        (AUTHORITY, ..=2001) => "152728",
        (_, ..=2001) => "152701",
        _ => &authority[..6],
    }
}

fn marriages(people: &mut People) -> Vec<Marriage> {
    let mut drafts = Vec::new();
    for idx in 0..COUPLES {
        let born = date("1958-01-07").plus_days(i32::try_from(idx * 99).expect("a small index"));
        let husband = people.born_about(true, born);
        let wife = people.born_about(false, born.plus_days(210));
        let days = 24 * 365 + people.seed.below(9 * 365);
        let wedding = born.plus_days(i32::try_from(days).expect("a small number"));
        drafts.push((wedding.min(date("2025-12-19")), idx, husband, wife));
    }
    drafts.sort_by_key(|it| (it.0, it.1));
    let mut serials: BTreeMap<(&str, i32), u32> = BTreeMap::new();
    let mut marriages: Vec<Marriage> = drafts
        .into_iter()
        .map(|(wedding, idx, husband, wife)| {
            let authority = if idx % ELSEWHERE_EVERY == 4 {
                OTHER_AUTHORITY
            } else {
                AUTHORITY
            };
            let area = area_in(authority, wedding.year());
            let serial = serials.entry((area, wedding.year())).or_default();
            *serial += 1;
            let number = format!("J{area}-{:04}-{serial:06}", wedding.year());
            let ended_on = wedding.plus_days(2_400).min(date("2025-12-26"));
            let (status, ended) = match idx % 25 {
                7 => ("DIVORCED_REG", Some(ended_on)),
                16 => ("DIVORCED_COURT", Some(ended_on)),
                21 => ("DEATH", Some(ended_on)),
                _ => ("VALID", None),
            };
            Marriage {
                husband,
                wife,
                number,
                date: wedding,
                authority,
                status,
                ended,
            }
        })
        .collect();
    marriages.push(Marriage {
        husband: fixture("person-m3"),
        wife: fixture("person-w3"),
        number: "J150627-2021-000901".into(),
        date: date("2021-06-18"),
        authority: AUTHORITY,
        status: "VALID",
        ended: None,
    });
    marriages
}

fn spouse(person: &Person) -> Value {
    json!({ "personId": person.key, "name": person.name, "idNumber": person.id_number })
}

fn couple_key(marriage: &Marriage, of: impl Fn(&Person) -> &str, separator: &str) -> String {
    let mut keys = [of(&marriage.husband), of(&marriage.wife)];
    keys.sort_unstable();
    keys.join(separator)
}

fn marriage_record(marriage: &Marriage) -> Value {
    json!({
        "id": format!("marriage-{}", marriage.number),
        "body": {
            "certNumber": marriage.number,
            "registrationDate": marriage.date,
            "authorityCode": marriage.authority,
            "coupleKey": couple_key(marriage, |it| &it.key, "+"),
            "husband": spouse(&marriage.husband),
            "wife": spouse(&marriage.wife),
            "status": marriage.status,
            "endedOn": marriage.ended,
            "endedBy": null,
        }
    })
}

fn certificates(marriage: &Marriage) -> [Value; 2] {
    let status = if marriage.status == "DIVORCED_REG" {
        "CANCELLED"
    } else {
        "ISSUED"
    };
    let copy = |copy: usize, holder: &Person, other: &Person| {
        json!({
            "id": format!("certificate-{}-{copy}", marriage.number),
            "body": {
                "number": marriage.number,
                "kind": "J",
                "holder": spouse(holder),
                "other": spouse(other),
                "authorityCode": marriage.authority,
                "issuedDate": marriage.date,
                "registrationDate": marriage.date,
                "status": status,
                "printSerial": null,
                "remarks": null,
                "caseId": null,
            }
        })
    };
    [
        copy(1, &marriage.husband, &marriage.wife),
        copy(2, &marriage.wife, &marriage.husband),
    ]
}

fn registry_entry(marriage: &Marriage, of: &Person) -> Value {
    let other = if of.male {
        &marriage.wife
    } else {
        &marriage.husband
    };
    json!({
        "certNumber": marriage.number,
        "kind": "J",
        "date": marriage.date,
        "authority": marriage.authority,
        "spouseName": other.name,
        "spouseIdMasked": masked(&other.id_number),
        "status": marriage.status,
        "endedOn": marriage.ended,
        "openDivorce": false,
    })
}

/// An entry of an exchange table: the question with this key is answered so.
fn answer(key: &str, body: Value) -> Value {
    json!({ "request": { "key": key }, "outcome": "MATCH", "body": body })
}

fn marriage_answers(marriages: &[Marriage]) -> Vec<Value> {
    let mut answers = Vec::new();
    for marriage in marriages {
        let key = couple_key(marriage, |it| &it.id_number, "+");
        let records = [registry_entry(marriage, &marriage.husband)];
        answers.push(answer(&key, json!({ "records": records })));
        for person in [&marriage.husband, &marriage.wife] {
            let records = [registry_entry(marriage, person)];
            answers.push(answer(&person.id_number, json!({ "records": records })));
        }
    }
    answers
}

fn police_answers(people: &[Person], dead: &BTreeSet<String>) -> Vec<Value> {
    people
        .iter()
        .map(|person| {
            let alive = !dead.contains(&person.id_number);
            let body = json!({ "name": person.name, "alive": alive, "addressArea": "150627" });
            answer(&person.id_number, body)
        })
        .collect()
}

fn court_answers(marriages: &[Marriage]) -> Vec<Value> {
    let by_court = marriages.iter().filter(|it| it.status == "DIVORCED_COURT");
    by_court
        .flat_map(|marriage| {
            [&marriage.husband, &marriage.wife].map(|person| {
                let case = json!({
                    "caseNo": format!("({})内0627民初{}号", marriage.date.year(), 9_000 + u32::from(marriage.date.day())),
                    "court": "伊金霍洛旗人民法院",
                    "kind": "DIVORCE",
                    "effectiveDate": marriage.ended,
                });
                answer(&person.id_number, json!({ "cases": [case] }))
            })
        })
        .collect()
}

/// Of every spouse who has died, the day (X-DEATH).
fn death_answers(marriages: &[Marriage]) -> Vec<Value> {
    let widowed = marriages.iter().filter(|it| it.status == "DEATH");
    let answers = widowed.map(|marriage| {
        let body = json!({ "dateOfDeath": marriage.ended });
        answer(&marriage.husband.id_number, body)
    });
    answers.collect()
}

/// The national base takes every registration.
fn upload_answers() -> Vec<Value> {
    vec![json!({ "request": {}, "outcome": "MATCH", "body": { "ack": true, "conflicts": [] } })]
}

/// Code, name, from, until, successors.
type Area = (
    &'static str,
    &'static str,
    Option<i32>,
    Option<i32>,
    &'static str,
);

/// Area codes of the seed places, current and former.
const AREAS: [Area; 33] = [
    ("110101", "北京市东城区", None, None, ""),
    ("140105", "太原市小店区", Some(1997), None, ""),
    ("140106", "太原市迎泽区", Some(1997), None, ""),
    ("140107", "太原市杏花岭区", Some(1997), None, ""),
    ("140108", "太原市尖草坪区", Some(1997), None, ""),
    ("140109", "太原市万柏林区", Some(1997), None, ""),
    ("140110", "太原市晋源区", Some(1997), None, ""),
    ("150602", "鄂尔多斯市东胜区", Some(2001), None, ""),
    ("150603", "鄂尔多斯市康巴什区", Some(2016), None, ""),
    ("150621", "达拉特旗", Some(2001), None, ""),
    ("150622", "准格尔旗", Some(2001), None, ""),
    ("150623", "鄂托克前旗", Some(2001), None, ""),
    ("150624", "鄂托克旗", Some(2001), None, ""),
    ("150625", "杭锦旗", Some(2001), None, ""),
    ("150626", "乌审旗", Some(2001), None, ""),
    ("150627", "伊金霍洛旗", Some(2001), None, ""),
    ("152502", "锡林浩特市", Some(1983), None, ""),
    ("152525", "东乌珠穆沁旗", None, None, ""),
    ("152701", "东胜市", Some(1983), Some(2001), "150602"),
    ("152722", "达拉特旗", Some(1981), Some(2001), "150621"),
    ("152723", "准格尔旗", Some(1981), Some(2001), "150622"),
    ("152724", "鄂托克前旗", Some(1981), Some(2001), "150623"),
    ("152725", "鄂托克旗", Some(1981), Some(2001), "150624"),
    ("152726", "杭锦旗", Some(1981), Some(2001), "150625"),
    ("152727", "乌审旗", Some(1981), Some(2001), "150626"),
    ("152728", "伊金霍洛旗", Some(1981), Some(2001), "150627"),
    ("310101", "上海市黄浦区", None, None, ""),
    (
        "340502",
        "马鞍山市金家庄区",
        Some(1983),
        Some(2012),
        "340503",
    ),
    ("340503", "马鞍山市花山区", None, None, ""),
    ("340504", "马鞍山市雨山区", None, None, ""),
    ("340506", "马鞍山市博望区", Some(2012), None, ""),
    ("500112", "重庆市渝北区", Some(1997), None, ""),
    (
        "510218",
        "四川省重庆市渝北区",
        Some(1994),
        Some(1997),
        "500112",
    ),
];

fn areas() -> Vec<Value> {
    let record = |(code, name, from, until, successor): &Area| {
        let successors: Vec<&str> = successor.split(' ').filter(|it| !it.is_empty()).collect();
        json!({
            "id": code,
            "body": {
                "code": code,
                "name": name,
                "validFromYear": from,
                "validUntilYear": until,
                "successors": successors,
                "statistical": false,
            }
        })
    };
    AREAS.iter().map(record).collect()
}

/// One item a line: small enough to review, stable enough to compare.
fn lines(items: &[Value]) -> String {
    let lines: Vec<String> = items.iter().map(Value::to_string).collect();
    format!("[\n{}\n]", lines.join(",\n"))
}

fn write_records(folder: &Path, kind: &str, records: &[Value]) -> io::Result<()> {
    fs::write(
        folder.join(format!("records/{kind}.json")),
        format!("{}\n", lines(records)),
    )
}

fn write_exchange(folder: &Path, kind: &str, entries: &[Value]) -> io::Result<()> {
    let text = format!("{{\"kind\":\"{kind}\",\"entries\":{}}}\n", lines(entries));
    fs::write(folder.join(format!("exchange/{kind}.json")), text)
}

fn main() -> io::Result<()> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/county-150627");
    let folder = std::env::args().nth(1).map_or(default, PathBuf::from);
    let taken = FIXTURES.iter().map(|it| it.2.to_owned()).collect();
    let mut people = People {
        seed: Seed(150_627),
        taken,
        count: 0,
    };
    let marriages = marriages(&mut people);
    let mut everybody: Vec<Person> = FIXTURES.iter().map(|it| fixture(it.1)).collect();
    for marriage in marriages.iter().filter(|it| it.husband.key != "person-m3") {
        everybody.extend([marriage.husband.clone(), marriage.wife.clone()]);
    }
    for idx in 0..SINGLES {
        let born = date("1996-02-11").plus_days(i32::try_from(idx * 131).expect("a small index"));
        everybody.push(people.born_about(idx % 2 == 0, born));
    }
    let dead = marriages.iter().filter(|it| it.status == "DEATH");
    let dead = dead.map(|it| it.husband.id_number.clone()).collect();
    let local: Vec<&Marriage> = marriages
        .iter()
        .filter(|it| it.authority == AUTHORITY)
        .collect();
    let records: Vec<Value> = local.iter().map(|it| marriage_record(it)).collect();
    let certificates: Vec<Value> = local.iter().flat_map(|it| certificates(it)).collect();

    fs::create_dir_all(folder.join("records"))?;
    fs::create_dir_all(folder.join("exchange"))?;
    write_records(&folder, "marriage_record", &records)?;
    write_records(&folder, "certificate", &certificates)?;
    write_exchange(&folder, "X-MARRIAGE", &marriage_answers(&marriages))?;
    write_exchange(&folder, "X-POLICE-ID", &police_answers(&everybody, &dead))?;
    write_exchange(&folder, "X-COURT", &court_answers(&marriages))?;
    write_exchange(&folder, "X-DEATH", &death_answers(&marriages))?;
    write_exchange(&folder, "X-MARRIAGE-PUT", &upload_answers())?;
    write_records(&folder, "area_code", &areas())?;
    let (persons, couples, archive) = (everybody.len(), marriages.len(), local.len());
    println!("{persons} persons, {couples} couples, {archive} of them in the local archive");
    Ok(())
}
