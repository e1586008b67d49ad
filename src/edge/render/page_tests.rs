//! Pages and workbooks of names that would act if they could.

use super::*;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Zone};
use crate::report::{
    Bar, Bars, Block, Cell, Chart, Columns, Figure, Link, Listing, Page, Section, Series, Sheet, Slot, Table, Tone,
    Verdict, Workbook,
};

fn hostile() -> Vec<String> {
    let names = [
        "../../x",
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\tx",
        "\rx",
        "<script>alert(1)</script>",
        "a\r\nb",
        "\u{202e}gnp.exe",
        "nul\0l",
        "\u{1b}[31m",
        "\"><svg onload=alert(1)>",
        "&amp;",
        "_x0041_",
        "王小明",
    ];
    names.map(str::to_owned).into_iter().chain(["L".repeat(10_000), "\u{202e}".repeat(10_000)]).collect()
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn table() -> Table {
    let mut table = Table::new(&["name", "amount", "share", "day"]);
    for (i, name) in hostile().into_iter().enumerate() {
        let day = Day::parse("2026-10-01").unwrap().plus(i as i64);
        table.push(vec![Cell::Text(name), amount("-1234567.5").into(), Cell::Share(-123), day.into()]);
    }
    table.push(vec!["many digits".into(), amount("1234567890123456.789").into(), Cell::Empty, Cell::Empty]);
    table.push(vec!["nothing".into(), Amount::ZERO.into(), Cell::Empty, Cell::Empty]);
    table
}

fn page() -> Page {
    let names = hostile();
    let bars = names.iter().map(|n| Bar { name: n.clone(), value: amount("-3.5"), share: Some(10) }).collect();
    let series = names.iter().map(|n| Series { name: n.clone(), values: vec![amount("2"), amount("-1")] }).collect();
    let slot = |n: &str| Slot { name: n.to_owned(), mark: n.chars().take(3).collect() };
    let text = names.join(" ");
    let columns = Columns {
        title: text.clone(),
        about: text.clone(),
        unit: names[7].clone(),
        slots: vec![slot("one"), slot("two")],
        series,
    };
    let listing = || Listing { total: Some(vec![Cell::Empty; 4]), ..Listing::new(names[7].clone(), table()) };
    let figure = Figure {
        label: text.clone(),
        value: Cell::Text(text.clone()),
        unit: text.clone(),
        note: text.clone(),
        tone: Tone::Good,
    };
    let verdict = Verdict { tone: Tone::Warn, title: text.clone(), text: text.clone() };
    let blocks = vec![
        Block::Verdict(verdict),
        Block::Figures(vec![figure]),
        Block::Chart(Chart::Columns(columns), listing()),
        Block::Chart(
            Chart::Bars(Bars { title: text.clone(), about: text.clone(), unit: String::new(), bars }),
            listing(),
        ),
        Block::Text(text.clone()),
        Block::Links(vec![Link::new(text.clone(), "by-day.csv")]),
    ];
    let section = Section { id: "s", title: text.clone(), lead: text.clone(), blocks };
    let trail = vec![Link::new(text.clone(), "../index.html")];
    Page {
        title: text.clone(),
        subtitle: vec![text.clone()],
        trail,
        sections: vec![section],
        foot: vec![text],
        zone: Zone::UTC,
    }
}

#[test]
fn no_name_acts_on_a_page() {
    let html = String::from_utf8(to_html(&page())).unwrap();
    let acts = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!html.contains(acts));
    for active in ["<script", "onload=alert(1)>", "http:", "src="] {
        assert!(!html.replace("&quot;&gt;&lt;svg onload=alert(1)&gt;", "").contains(active), "{active}");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
    for cell in html.split("<t").skip(1).filter_map(|c| c.split("</t").next()) {
        assert!(!cell.contains(&"L".repeat(200)) || !cell.starts_with(['d', 'h']), "long names are cut in tables");
    }
}

/// A customer's page read "account" and the days of its month backwards, because of an Arabic name before them.
#[test]
fn a_name_from_right_to_left_moves_nothing_beside_it() {
    let mut page = page();
    page.subtitle = vec!["شركة النخيل".to_owned(), "account a-1".to_owned()];
    let html = String::from_utf8(to_html(&page)).unwrap();
    assert!(html.contains("<bdi>شركة النخيل</bdi>, <bdi>account a-1</bdi>"), "{html}");
}

#[test]
fn amounts_stand_on_their_points_and_none_is_hidden() {
    let mut table = Table::new(&["a"]);
    for text in ["1234.5", "-0.25", "0", "0.123456789012", "0.000000000001"] {
        table.push(vec![amount(text).into()]);
    }
    let section = Section {
        id: "s",
        title: "S".into(),
        lead: String::new(),
        blocks: vec![Block::Listing(Listing::new("T", table))],
    };
    let page = Page {
        title: "P".into(),
        subtitle: Vec::new(),
        trail: Vec::new(),
        sections: vec![section],
        foot: Vec::new(),
        zone: Zone::UTC,
    };
    let html = String::from_utf8(to_html(&page)).unwrap();
    for shown in [
        "1,234.50000000",
        "−0.25000000",
        "0<span class=\"pad\" aria-hidden=\"true\">.00000000</span>",
        "<data value=\"0.123456789012\">0.12345679</data>",
        "0.000000000001",
    ] {
        assert!(html.contains(shown), "{shown}\n{html}");
    }
}

#[test]
fn the_same_workbook_is_the_same_bytes_and_holds_no_formula() {
    let sheet = Sheet { name: "Names", table: table(), file: "names" };
    let book = Workbook {
        title: "T".into(),
        dated: Day::parse("2026-10-01").unwrap(),
        zone: Zone::UTC,
        sheets: vec![sheet.clone(), Sheet { name: "Again", ..sheet }],
    };
    let bytes = to_xlsx(&book).unwrap();
    assert_eq!(bytes, to_xlsx(&book.clone()).unwrap());
    assert!(bytes.starts_with(b"PK"));
}

#[test]
fn metrics_are_escaped_and_empty_ones_left_out() {
    let mut metric = Metric::new("trueup_x", "Some x.");
    metric.add(&[("name", "a\"b\\c\nd")], "1.5");
    let text = String::from_utf8(to_metrics(&[metric, Metric::new("trueup_y", "No y.")])).unwrap();
    assert_eq!(text, "# HELP trueup_x Some x.\n# TYPE trueup_x gauge\ntrueup_x{name=\"a\\\"b\\\\c\u{fffd}d\"} 1.5\n");
}

#[test]
fn a_terminal_sees_no_control_and_no_turned_direction() {
    let text = to_text(&table()) + &on_terminal(&hostile().join("\n"));
    assert!(!text.contains(|c: char| c != '\n' && c.is_control() || c == '\u{202e}'));
    assert!(to_text(&table()).lines().all(|line| line.chars().count() < 400));
}
