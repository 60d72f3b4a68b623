//! Writes the synthetic people of the sample county, `examples/county-150627`: the registry behind
//! the simulated exchange and the records the county starts with. Everything follows from fixed
//! tables and one fixed seed, so that two runs write the same bytes.
//!
//! The people cannot exist: the sequence codes 901 to 909 are combined with a county code
//! (150603, since 2016) that is younger than all of them.

mod area;
mod people;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::{Value, json};
use tongban_sdk::Date;

use crate::people::{FIXTURES, People, Person, Remark, Seed, fixture};

const AUTHORITY: &str = "15062701";
const OTHER_AUTHORITY: &str = "15060201";
const COUPLES: usize = 150;
/// One couple in so many was married at another authority, whose archive is not ours.
const ELSEWHERE_EVERY: usize = 9;

struct Marriage {
    husband: Person,
    wife: Person,
    number: String,
    date: Date,
    authority: &'static str,
    status: &'static str,
    ended: Option<Date>,
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
            let address = person.address;
            let body = json!({ "name": person.name, "alive": alive, "addressArea": address });
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

/// Records of the marriage base that a clerk cannot simply believe.
fn odd_answers(singles: &[Person]) -> Vec<Value> {
    let status = |it: &Person| match it.remark? {
        Remark::RegistryUnclear => Some("UNCLEAR"),
        Remark::RegistryUnreadable => Some("登记有效(历史数据)"),
        Remark::UploadConflict | Remark::UploadNotTaken => None,
    };
    let odd = singles.iter().filter_map(|it| Some((it, status(it)?)));
    let answers = odd.map(|(person, status)| {
        let record = json!({
            "certNumber": format!("鄂伊结字{}", &person.id_number[6..14]),
            "kind": "J",
            "date": "2006-05-18",
            "authority": AUTHORITY,
            "spouseName": null,
            "spouseIdMasked": null,
            "status": status,
            "endedOn": null,
            "openDivorce": false,
        });
        answer(&person.id_number, json!({ "records": [record] }))
    });
    answers.collect()
}

/// The national base takes every registration, but for those of the couples about whom it is remarked.
fn upload_answers(singles: &[Person]) -> Vec<Value> {
    let mut answers = Vec::new();
    for couple in singles.chunks(2) {
        let [man, woman] = couple else { continue };
        let persons = [man, woman].map(|it| {
            let sex = if it.male { "1" } else { "2" };
            json!({ "name": it.name, "idNumber": it.id_number, "sex": sex, "nationality": "CHN" })
        });
        let request = json!({ "persons": persons });
        match woman.remark {
            Some(Remark::UploadConflict) => {
                let number = format!("J150602-2019-{:06}", 311);
                let body = json!({ "ack": true, "conflicts": [number] });
                answers.push(json!({ "request": request, "outcome": "MATCH", "body": body }));
            }
            Some(Remark::UploadNotTaken) => {
                answers.push(json!({ "request": request, "outcome": "NOT_FOUND", "body": null }));
            }
            Some(Remark::RegistryUnclear | Remark::RegistryUnreadable) | None => {}
        }
    }
    let body = json!({ "ack": true, "conflicts": [] });
    answers.push(json!({ "request": {}, "outcome": "MATCH", "body": body }));
    answers
}

/// The person index as a front-end has it: who there is, and who is or was married to whom.
fn index(singles: &[Person], marriages: &[Marriage]) -> String {
    let person = |it: &Person| {
        json!({
            "personId": it.key,
            "name": it.name,
            "idNumber": it.id_number,
            "remark": it.remark.map(Remark::name),
        })
    };
    let singles: Vec<Value> = singles.iter().map(person).collect();
    let couples: Vec<Value> = marriages
        .iter()
        .map(|it| {
            json!({
                "husband": person(&it.husband),
                "wife": person(&it.wife),
                "certNumber": it.number,
                "date": it.date,
                "authorityCode": it.authority,
                "status": it.status,
                "endedOn": it.ended,
            })
        })
        .collect();
    format!(
        "{{\"singles\":{},\n\"couples\":{}}}\n",
        lines(&singles),
        lines(&couples)
    )
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
    let mut people = People::new(Seed(150_627));
    let marriages = marriages(&mut people);
    let fixtures = FIXTURES.iter().map(|it| fixture(it.1));
    let mut everybody: Vec<Person> = fixtures.collect();
    for marriage in marriages.iter().filter(|it| it.husband.key != "person-m3") {
        everybody.extend([marriage.husband.clone(), marriage.wife.clone()]);
    }
    let mut singles = people::singles(&mut people);
    singles.extend(people::engaged(&mut people));
    everybody.extend(singles.iter().cloned());
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
    let mut registry = marriage_answers(&marriages);
    registry.extend(odd_answers(&singles));
    write_exchange(&folder, "X-MARRIAGE", &registry)?;
    write_exchange(&folder, "X-POLICE-ID", &police_answers(&everybody, &dead))?;
    write_exchange(&folder, "X-COURT", &court_answers(&marriages))?;
    write_exchange(&folder, "X-DEATH", &death_answers(&marriages))?;
    // Nobody from abroad lives in the county: whoever comes is unknown.
    write_exchange(&folder, "X-EXIT", &[])?;
    write_exchange(&folder, "X-MARRIAGE-PUT", &upload_answers(&singles))?;
    fs::write(folder.join("people.json"), index(&singles, &marriages))?;
    write_records(&folder, "area_code", &area::areas())?;
    let (persons, couples, archive) = (everybody.len(), marriages.len(), local.len());
    println!("{persons} persons, {couples} couples, {archive} of them in the local archive");
    Ok(())
}
