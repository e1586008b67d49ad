//! The same JSON gives the same bytes, and what is no document gives an error.

use std::thread;

use super::*;

#[test]
fn the_same_json_gives_the_same_bytes_on_every_thread() {
    let plain: Vec<&str> = FIXTURES.iter().filter(|(name, _)| !name.ends_with("zh")).map(|(_, text)| *text).collect();
    let first: Vec<Vec<u8>> = plain.iter().map(|text| renderer().render(text.as_bytes()).unwrap()).collect();
    let shared = renderer();
    thread::scope(|scope| {
        for start in 0..3 {
            let (shared, plain, first) = (&shared, &plain, &first);
            scope.spawn(move || {
                for n in 0..plain.len() {
                    let which = (n + start) % plain.len();
                    assert!(
                        shared.render(plain[which].as_bytes()).unwrap() == first[which],
                        "document {which} differs"
                    );
                }
            });
        }
    });
}

#[test]
fn two_documents_are_two_files() {
    let invoice = fixture("invoice-usage");
    let mut other = invoice.clone();
    other["number"] = "INV-2026-0043".into();
    assert!(render(&invoice).unwrap() != render(&other).unwrap());
}

#[test]
fn a_pdf_is_of_its_day_for_archives_and_carries_its_json() {
    let pdf = render(&fixture("invoice-usage")).unwrap();
    let text = String::from_utf8_lossy(&pdf);
    assert!(
        text.contains("<pdfaid:part>3</pdfaid:part>") && text.contains("<pdfaid:conformance>B</pdfaid:conformance>")
    );
    assert!(text.contains("2026-11-04T00:00:00"), "the day it was issued");
    assert!(text.contains("document.json"));
}

#[test]
fn what_is_no_document_is_told() {
    let renderer = renderer();
    let told = |json: &[u8]| renderer.render(json).unwrap_err();
    assert!(matches!(told(b"{"), PdfError::Document(_)));
    assert!(matches!(told(br#"{"format":"trueup/document/2"}"#), PdfError::Document(_)));
    assert!(matches!(told(br#"{"format":"trueup/document/1"}"#), PdfError::Document(_)));
    let mut value = fixture("invoice-usage");
    value["issued_on"] = "2026-02-30".into();
    assert!(matches!(render(&value), Err(PdfError::Document(_))));
    assert!(render(&value).unwrap_err().is_of_one_document());
}

#[test]
fn a_fault_in_a_template_is_named_with_its_line() {
    let renderer = Renderer::new(&FontSettings::default(), Some("fine\n#let x = 1 +\n".to_owned())).unwrap();
    let fault = renderer.render(FIXTURES[0].1.as_bytes()).unwrap_err();
    assert!(fault.to_string().starts_with("template main.typ:2: "), "{fault}");
    assert!(!fault.is_of_one_document());
}

#[test]
fn a_template_reaches_no_file_and_no_package() {
    for source in
        ["#read(\"/etc/hostname\")", "#read(\"../secret\")", "#import \"@preview/cetz:0.3.0\": *", "#image(\"a.png\")"]
    {
        let renderer = Renderer::new(&FontSettings::default(), Some(source.to_owned())).unwrap();
        let fault = renderer.render(FIXTURES[0].1.as_bytes()).unwrap_err();
        assert!(matches!(fault, PdfError::Template { .. }), "{fault}");
    }
}

#[test]
fn a_font_folder_that_is_not_there_is_told() {
    let fault_of = |path: &std::path::Path| {
        Renderer::new(&FontSettings { paths: vec![path.to_owned()], system: false }, None).err().unwrap()
    };
    assert!(matches!(fault_of(std::path::Path::new("no/such/folder")), PdfError::Fonts { .. }));
    let empty = tempfile::tempdir().unwrap();
    let fault = fault_of(empty.path());
    assert!(fault.to_string().ends_with("no font in it"), "{fault}");
}
