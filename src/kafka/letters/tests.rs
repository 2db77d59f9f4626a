use super::*;

fn place(partition: i32) -> Place {
    Place { topic: "t".into(), partition }
}

fn put(letters: &Letters, partition: i32, offset: i64, payload: &[u8]) {
    let record = Record { offset, payload: Some(payload), ..Record::default() };
    letters.put(&place(partition), &record, &Rejected::Tombstone);
}

fn offsets(letters: &[Arc<Letter>]) -> Vec<(i32, i64)> {
    letters.iter().map(|letter| (letter.place.partition, letter.offset)).collect()
}

#[test]
fn a_letter_lies_in_its_tray_until_it_is_delivered() {
    let letters = Letters::new(Content::Whole);
    [3, 5, 9].into_iter().for_each(|offset| put(&letters, 0, offset, b"x"));
    assert_eq!((letters.first(&place(0)), letters.first(&place(1)), letters.waiting()), (Some(3), None, 3));
    let next = letters.next(2, usize::MAX);
    assert_eq!(offsets(&next), [(0, 3), (0, 5)]);
    assert_eq!(letters.first(&place(0)), Some(3), "it is only on its way");
    letters.delivered(&next[1..]);
    assert_eq!((letters.first(&place(0)), letters.waiting()), (Some(3), 2), "a later one may be delivered first");
    letters.delivered(&next);
    assert_eq!((letters.first(&place(0)), letters.waiting()), (Some(9), 1));
}

#[test]
fn partitions_take_turns_and_each_takes_few_bytes_at_a_time() {
    let letters = Letters::new(Content::Whole);
    for partition in 0..3 {
        (0..2).for_each(|offset| put(&letters, partition, offset, &[b'x'; 1_000]));
    }
    let turns: Vec<_> = std::iter::repeat_with(|| offsets(&letters.next(9, 1))).take(4).collect();
    assert_eq!(turns, [[(0, 0)], [(1, 0)], [(2, 0)], [(0, 0)]]);
    assert_eq!(offsets(&letters.next(9, 2_000)), [(1, 0), (1, 1)]);
    assert_eq!(offsets(&letters.next(6, usize::MAX)), [(2, 0), (2, 1), (0, 0), (0, 1), (1, 0), (1, 1)]);
    assert_eq!(offsets(&letters.next(5, usize::MAX)), [(0, 0), (1, 0), (2, 0)], "one that sticks is not all");
}

#[test]
fn what_was_delivered_for_an_earlier_owner_takes_nothing_from_the_next() {
    let letters = Letters::new(Content::Whole);
    put(&letters, 0, 3, b"x");
    let of_before = letters.next(1, usize::MAX);
    letters.close(&place(0));
    put(&letters, 0, 3, b"another log");
    letters.delivered(&of_before);
    assert_eq!(letters.first(&place(0)), Some(3));
    letters.delivered(&letters.next(1, usize::MAX));
    let state = letters.lock();
    assert_eq!(state.bytes + state.trays.values().map(|tray| tray.bytes).sum::<usize>(), 0, "the sums are right");
}

#[test]
fn a_tray_is_full_by_letters_or_by_bytes_and_others_are_not() {
    let many = Letters::new(Content::Whole);
    (0..TRAY_LETTERS_MAX as i64).for_each(|offset| {
        assert!(!many.is_full(&place(0)));
        put(&many, 0, offset, b"x");
    });
    put(&many, 1, 0, b"x");
    assert!(many.is_full(&place(0)) && !many.is_full(&place(1)));
    let large = Letters::new(Content::Whole);
    (0..20).for_each(|offset| put(&large, 0, offset, &[b'x'; VALUE_BYTES_MAX]));
    assert!(large.is_full(&place(0)));
    many.close(&place(0));
    assert!(!many.is_full(&place(0)));
}

#[test]
fn all_trays_together_are_bounded() {
    let letters = Letters::new(Content::Whole);
    for partition in 0..40 {
        (0..12).for_each(|offset| put(&letters, partition, offset, &[b'x'; VALUE_BYTES_MAX]));
    }
    assert!(letters.is_full(&place(0)), "though none is by itself");
    assert!(!letters.is_full(&place(99)), "a partition without any is read on");
}

#[test]
fn a_letter_is_cut_and_says_how_long_its_value_was() {
    let list = {
        let mut list = Vec::new();
        pack(&mut list, b"trace", Some(b"1"));
        pack(&mut list, b"large", Some(&[b'x'; REST_BYTES_MAX]));
        pack(&mut list, b"behind", Some(b"2"));
        list
    };
    let record = Record {
        offset: 7,
        key: Some(b"key"),
        payload: Some(&[b'x'; VALUE_BYTES_MAX + 1]),
        all_headers: HeaderList::Packed(&list),
        ..Record::default()
    };
    let letter = Letter::new(&place(0), &record, &Rejected::TooLarge { bytes: 1 }, Content::Whole);
    assert_eq!(letter.value.as_ref().unwrap().len(), VALUE_BYTES_MAX);
    assert!(letter.is_cut() && letter.value_bytes == VALUE_BYTES_MAX + 1);
    let mut names = Vec::new();
    letter.headers().for_each(|name, _| names.push(name.to_vec()));
    assert_eq!(names, [b"trace"], "from the first that does not fit on none is there");
    assert!(letter.bytes() <= VALUE_BYTES_MAX + REST_BYTES_MAX + 1_000);
}

#[test]
fn a_redacted_letter_holds_nothing_of_its_record() {
    let record = Record { offset: 7, key: Some(b"key"), payload: Some(b"secret"), ..Record::default() };
    let redacted = Letter::new(&place(0), &record, &Rejected::TooDeep, Content::Redacted);
    assert_eq!((&redacted.key, &redacted.value, redacted.headers.len()), (&None, &None, 0));
    assert_eq!((redacted.offset, redacted.reason, redacted.is_cut()), (7, "too_deep", false));
    let whole = Letter::new(&place(0), &record, &Rejected::TooDeep, Content::Whole);
    assert_eq!(whole.redacted(), redacted);
}
