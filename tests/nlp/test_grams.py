"""What the models are given of a text."""

from kefu_tui.nlp.grams import han_grams, is_word, latin_grams, plain, shown
from kefu_tui.nlp.reading import read


def test_figures_links_and_handles_are_all_alike() -> None:
    one = plain(read("@听沸 花了128元 https://a.example/1 好"))
    two = plain(read("@别人 花了9元 https://b.example/2 好"))
    assert one == two


def test_a_row_of_one_character_is_three_of_it() -> None:
    assert plain(read("好好好好好好好")) == plain(read("好好好好好"))
    assert plain(read("好好")) == "好好"


def test_chinese_is_read_by_one_two_and_three_characters() -> None:
    assert han_grams("壶盖飞") == {"壶", "盖", "飞", "壶盖", "盖飞", "壶盖飞"}
    assert han_grams("") == set()


def test_a_word_is_not_the_letters_within_another() -> None:
    words = {shown(gram) for gram in latin_grams("never again") if is_word(gram)}
    assert words == {"never", "again", "never again"}
    assert {shown(gram) for gram in latin_grams("ever") if is_word(gram)} == {"ever"}


def test_single_characters_and_punctuation_say_nothing_by_themselves() -> None:
    assert not any(map(is_word, ("好", "!!", "，好", "\x01")))
    assert is_word("壶盖")
