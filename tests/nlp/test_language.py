import pytest

from kefu_tui.domain.verdict import Language
from kefu_tui.nlp.language import language


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("请问周末营业吗", Language.HANS),
        ("請問週末有營業嗎", Language.HANT),
        ("你好", Language.HANS),  # shared characters only
        ("Where is my parcel?", Language.ENGLISH),
        ("ok", Language.ENGLISH),
        ("我的 iPhone 充电器坏了", Language.HANS),
        ("我的 iPhone 充電器壞了", Language.HANT),
        ("Please cancel the order, thanks 谢谢", Language.ENGLISH),
        ("発送はいつですか、教えてください", Language.OTHER),
        ("배송이 언제 되나요", Language.OTHER),
        ("quiero saber donde queda la tienda", Language.OTHER),
        ("Где мой заказ?", Language.OTHER),
        ("😡😡😡 123", Language.OTHER),
        ("", Language.OTHER),
    ],
)
def test_the_characters_tell_the_language(text: str, told: Language) -> None:
    assert language(text) is told
