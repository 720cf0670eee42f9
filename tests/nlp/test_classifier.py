import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.domain.verdict import (
    Category,
    Language,
    Priority,
    Reason,
    ReasonKind,
    Sentiment,
    Signal,
    TextVerdict,
)
from kefu_tui.nlp.classifier import TextClassifier
from kefu_tui.ports import Classifier

P0, P1, P2, P3 = Priority


def classify(text: str) -> TextVerdict:
    return TextClassifier().classify(text)


def kinds(verdict: TextVerdict) -> set[ReasonKind]:
    return {reason.kind for reason in verdict.reasons}


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        # harm that happened
        ("在你们店吃完烤串，半夜开始上吐下泻", P0),
        ("在你們店吃完串燒，半夜開始上吐下瀉", P0),
        ("I ate your salad and spent the night vomiting", P0),
        ("用了你们的防晒，脸上起疹子", P0),
        ("插线板着火了，幸好人在旁边", P0),
        ("Your heater caught fire while we slept", P0),
        # over the brand's head
        ("我已经报警了，你们等着", P0),
        ("我要去法院起诉你们", P0),
        ("再不退錢我就找消保官", P0),
        ("I am suing you, see you in court", P0),
        ("被骗的业主联系起来，我们联名举报", P0),
        # money
        ("账户被盗刷三笔，你们的客服打不通", P0),
        ("My account was hacked through your app", P0),
        # today
        ("一个月了还没发货，客服没人理", P1),
        ("一個月了還沒發貨，客服沒人理", P1),
        ("Still waiting for my refund, no reply for two weeks", P1),
        ("买到假货了，骗子", P1),
        ("垃圾公司，赶紧倒闭", P1),
        ("You are a bunch of liars, worst shop in town", P1),
        ("粥里吃出一只苍蝇", P1),
        ("粥裡吃出一隻蒼蠅", P1),
        ("There is a hair in my noodles, gross and disgusting", P1),
        ("担心这电池会爆炸，烫得吓人", P1),
        ("投诉！", P1),
        ("去年闹到消协才退的钱", P1),
        ("楼主直接打12315举报", P1),
        # this day or next
        ("颜色有点偏，一般", P2),
        ("顏色有點偏，一般", P2),
        ("The soup was cold", P2),
        ("请问还有蓝色吗？", P2),
        ("請問還有藍色嗎？", P2),
        ("Do you ship to Canada?", P2),
        ("希望能出无糖版", P2),
        ("想和贵公司谈合作，做联合活动", P2),
        # when there is time
        ("很好吃，下次还来", P3),
        ("很好吃，下次還來", P3),
        ("Love it, thank you!", P3),
        ("下雨了", P3),
    ],
)
def test_the_words_give_the_priority(text: str, priority: Priority) -> None:
    assert classify(text).priority is priority


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("胎压报警，补了点气", Signal.THREAT),
        ("周末玩了双重曝光", Signal.THREAT),
        ("新款手表谍照曝光", Signal.THREAT),
        ("银行说再逾期就起诉我", Signal.THREAT),
        ("老闆說你去告啊", Signal.THREAT),
        ("隔壁邻居投诉我家的狗", Signal.THREAT),
        ("向大堂经理投诉了，马上换了房间", Signal.THREAT),
        ("差一点就打12315了，后来气消了", Signal.THREAT),
        ("本來想投訴的，算了", Signal.THREAT),
        ("再不更新我就报警哈哈", Signal.THREAT),
        ("不要动不动就投诉，没必要", Signal.THREAT),
        ("一共花了110元，房号315", Signal.THREAT),
        ("在工商银行门口等你", Signal.THREAT),
        ("I complained to the front desk and they moved us", Signal.THREAT),
        ("The hotel threatened to sue me", Signal.THREAT),
        ("I almost reported you to the police, but never mind", Signal.THREAT),
        ("We ate at the food court", Signal.THREAT),
        ("小狗可爱到爆炸", Signal.SAFETY),
        ("宝宝用着不过敏", Signal.SAFETY),
        ("寶寶用著不過敏", Signal.SAFETY),
        ("不知道会不会过敏，还没拆", Signal.SAFETY),
        ("笑到吐血，推荐", Signal.SAFETY),
        ("感冒三天了，一直发烧", Signal.SAFETY),
        ("这是想让我拉肚子吗", Signal.SAFETY),
        ("洗完头发很顺滑", Signal.SAFETY),
        ("No rash so far, great cream", Signal.SAFETY),
        ("What a show, my mind exploded", Signal.SAFETY),
        ("想要教程的私信我", Signal.CONTACT),
        ("你们到底行不行啊", Signal.CONTACT),
    ],
)
def test_a_decoy_raises_no_alarm(text: str, signal: Signal) -> None:
    verdict = classify(text)
    assert signal not in verdict.signals
    assert verdict.priority > P0


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        # a machine's alarm, and an alarm raised at once by a customer
        ("车子一没油灯就报警", P3),
        ("净水器滤芯到期自动报警，挺贴心", P3),
        ("店员一说不退我就报警", P0),
        ("我一气之下就报警了，你们等着", P0),
        ("我的相机在店里不见了，已经报警", P0),
        # a crash on the road, and one of a reputation
        ("坐你们的班车，半路翻车了", P0),
        ("这家网红店又翻车了，笑死", P1),
        ("新出的抹茶味翻车了，有点苦", P2),
        ("炒菜翻车现场，怪我自己手残哈哈", P3),
        # hearsay, and the case itself
        ("网传某品牌的锅炸了把人送进医院，是真的吗", P1),
        ("你们的锅炸了，我被烫伤进了医院", P0),
        # parts that fly off
        ("The lid of this blender flew off and soup hit the ceiling", P1),
        ("pressure cooker spat hot oil next to my toddler", P1),
        ("The glass shattered and cut my hand, needed stitches", P0),
        ("锅盖突然弹飞，差一点砸到我女儿", P1),
        ("燒水燒到一半，壺蓋噴到半空中，嚇到全家", P1),
        ("杯子倒开水突然炸裂，手被划破流血", P0),
        ("lid pops off easily for cleaning, nice design", P3),
        ("these mugs are flying off the shelves", P3),
        ("the popcorn pops like crazy in this pot, love it", P3),
        ("Spring flavour is great", P3),
        ("面包机的吐司弹出来刚刚好，好吃", P3),
        ("周末去蹦迪，玩得很开心", P3),
        ("盖子不会弹开，很放心", P3),
        ("盖子按一下弹开，单手就能用，很方便", P3),
        # a delivery somebody waits for
        ("说好昨天送到，今天又改成下周", P1),
        ("下单第九天，物流还停在原地", P1),
        ("包裹卡在集散中心不动", P1),
        ("系統顯示已送達，我家門口什麼都沒有", P1),
        ("tracking says delivered but there is nothing at my door", P1),
        ("货呢？", P1),
        ("再不发货我就取消订单了", P1),
        ("已經三個禮拜都未收到貨，冇人覆", P1),
        ("说好的三天到，第七天了还在路上", P1),
        ("already day 14 and no parcel, where is it", P1),
        ("显示已签收，谢谢，速度很快", P3),
        ("显示已签收是什么意思？", P2),
        ("第三天就到了，很快，点赞", P3),
        # asked about, and refused
        ("降价了，能补个差价吗？", P2),
        ("才买两天就降了一百，差价不给退，客服装死", P1),
        ("退款和换新哪个快一点呢？", P2),
        ("Can I choose between a refund and a replacement?", P2),
        ("退款申请十天了还没到账", P1),
        # words that look like a reproach
        ("拿旧报纸垫着，水一滚就下面条，真香", P3),
        ("连滚带爬赶上了首发，开心", P3),
    ],
)
def test_everyday_words_are_read_in_their_sense(text: str, priority: Priority) -> None:
    assert classify(text).priority is priority


@pytest.mark.parametrize(
    "text",
    [
        "某家翻车了？姐妹们别怕，同款平替戳主页，今晚前200名一半价",
        "被平台骗了钱别慌，专业追款团队，加微信 zhuikuan88",
        "I lost 3000 dollars to a scam but thanks to crypto recovery expert @fixer I got it all back",
        "A certified hacker helped me recover everything, message him on telegram",
    ],
)
def test_who_lives_off_a_scandal_or_a_loss_is_noise(text: str) -> None:
    assert classify(text).category is Category.NOISE


def test_thanks_for_a_refund_are_no_advertisement_for_one() -> None:
    verdict = classify("Got my refund within a day, thanks to your lovely team")
    assert verdict.category is Category.PRAISE


@pytest.mark.parametrize(
    "text",
    [
        "写的周五发，又变成月底。问机器人，让我耐心等待；转人工，帮我反馈一下。包装倒是漂亮，好看，喜欢。",
        "First they said Monday, then it was Friday. A chatbot sent a lovely rose. Day 12. I was told: wait.",
    ],
)
def test_a_long_story_of_broken_promises_is_a_grievance_whatever_it_praises(text: str) -> None:
    verdict = classify(text)
    assert verdict.priority is P1
    assert verdict.category.is_grievance
    assert verdict.sentiment is Sentiment.NEGATIVE


@pytest.mark.parametrize(
    "text",
    [
        "您好，我是《江畔都市报》记者，想就召回一事采访贵公司",
        "请问贵方对产品爆裂一事有何回应？",
        "Reporter here, would you comment on the recall?",
    ],
)
def test_the_press_that_asks_is_for_today_and_threatens_nobody(text: str) -> None:
    verdict = classify(text)
    assert (verdict.priority, verdict.category) == (P1, Category.PRESS)
    assert ReasonKind.THREAT not in kinds(verdict)


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("昨天下单的那把，后天能到吗？@某家小店", "后天能到吗"),
        ("Pan arrived. Oven safe?", "Oven safe"),
        ("Oven safe, @shop.example?", "Oven safe"),
        ("？", "？"),
    ],
)
def test_a_question_is_quoted_by_its_words(text: str, evidence: str) -> None:
    assert classify(text).reasons[0] == Reason(ReasonKind.QUESTION, evidence, 1)


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("麻烦看到后给我回电", Signal.CONTACT),
        ("麻煩看到後給我回電", Signal.CONTACT),
        ("Please DM me about order 12", Signal.CONTACT),
        ("你们都是傻逼吗", Signal.OFFENSIVE),
        ("What a bunch of idiots", Signal.OFFENSIVE),
        ("建议加个夜间模式", Signal.SUGGESTION),
        ("几点关门", Signal.QUESTION),
        ("三天没发货，退款也不理我", Signal.COMPLAINT),
    ],
)
def test_a_signal_is_heard(text: str, signal: Signal) -> None:
    assert signal in classify(text).signals


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("申请退款五天了没人理，售后是摆设吗", Category.AFTER_SALES),
        ("快递卡在中转站，一直没收到", Category.DELIVERY),
        ("鞋底开胶了，质量太差", Category.QUALITY),
        ("服务员态度恶劣，经理也不道歉", Category.COMPLAINT),
        ("怎么绑定新手机号？", Category.QUESTION),
        ("要是能多两个颜色就好了", Category.SUGGESTION),
        ("客服很耐心，谢谢", Category.PRAISE),
        ("想请贵品牌赞助我们的比赛", Category.COOPERATION),
        ("您好，我是晚报记者，想采访贵公司", Category.PRESS),
        ("昨晚走了很久的路", Category.SMALL_TALK),
        ("代开发票，加微信 kaipiao888", Category.NOISE),
        ("Great followers cheap, click here, link in bio", Category.NOISE),
    ],
)
def test_the_category_is_what_the_brand_would_do_about_it(text: str, category: Category) -> None:
    assert classify(text).category is category


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("真好用，喜欢", Sentiment.POSITIVE),
        ("不好用，失望", Sentiment.NEGATIVE),
        ("一点也不喜欢", Sentiment.NEGATIVE),
        ("not good at all", Sentiment.NEGATIVE),
        ("收到了[微笑]", Sentiment.NEGATIVE),
        ("收到了[泪]", Sentiment.NEGATIVE),
        ("收到了[心]", Sentiment.POSITIVE),
        ("收到了😡", Sentiment.NEGATIVE),
        ("收到了❤️", Sentiment.POSITIVE),
        ("收到了", Sentiment.NEUTRAL),
        ("Thanks a lot for losing my bag", Sentiment.NEGATIVE),
    ],
)
def test_the_tone_is_the_authors(text: str, sentiment: Sentiment) -> None:
    assert classify(text).sentiment is sentiment


def test_harm_is_never_noise() -> None:
    text = "加微信领优惠券的那家店，我吃完他家的菜就食物中毒住院了，包邮也别买"
    assert classify(text).priority is P0


@pytest.mark.parametrize(
    "text",
    [
        "请问领优惠券要加微信吗？",
        "【型号 A100 Pro 白色】怎么连不上网？",
        "尊敬的客服，点击链接领的红包一直没到账，没人理我",
        "Is the free trial still on your website?",
    ],
)
def test_a_customer_who_speaks_of_offers_is_not_noise(text: str) -> None:
    assert Signal.NOISE not in classify(text).signals


def test_the_reasons_say_which_words_fired() -> None:
    reason = classify("用了妳們的面霜，臉上起疹子").reasons[0]
    assert (reason.kind, reason.evidence, reason.steps) == (ReasonKind.HARM, "臉上起疹", 3)


def test_a_settled_threat_says_so_and_goes_down_one() -> None:
    verdict = classify("去年我向消协投诉，最后退了钱")
    assert [reason.kind for reason in verdict.reasons[:2]] == [ReasonKind.THREAT, ReasonKind.SETTLED]
    assert verdict.priority is P1


def test_a_decoy_is_named() -> None:
    assert ReasonKind.DECOY in kinds(classify("小狗可爱到爆炸"))


def test_full_width_and_traditional_writing_are_read_alike() -> None:
    assert classify("我要打１２３１５，退錢！").priority is classify("我要打12315,退钱!").priority is P0


@pytest.mark.parametrize(
    "text",
    [
        "我要\u200d投\u200b诉",
        "\u202e我要投诉\u202c",
        "[bold]我要投诉[/bold]",
        "<b>我要投诉</b>",
        "我要投诉 \x1b[31m",
        "👩‍👩‍👧 我要投诉",
    ],
)
def test_hidden_characters_and_markup_hide_nothing(text: str) -> None:
    assert Signal.THREAT in classify(text).signals


def test_only_the_head_and_the_tail_of_a_long_text_are_read() -> None:
    filling = "今天天晴。" * 2_000
    assert classify(f"{filling}我要去法院起诉你们").priority is P0
    assert classify(f"{filling}我要去法院起诉你们{filling}").priority is P3


def test_it_is_what_the_services_ask_for() -> None:
    classifier: Classifier = TextClassifier()
    assert classifier.fold("退貨") == "退货"
    assert classifier.initials("退貨") == "th"


def test_the_language_comes_with_the_verdict() -> None:
    assert classify("@kefu 東西壞了").language is Language.HANT


def test_a_lone_handle_is_small_talk() -> None:
    verdict = classify("@kefu_shop")
    assert verdict.priority is P3
    assert verdict.reasons == ()


ALARMS = st.sampled_from(
    [
        "我要投诉",
        "吃完拉肚子",
        "12315",
        "不",
        "退款",
        "@记者 ",
        "//@某:",
        "“@a:",
        "[微笑]",
        "。",
        "http://",
        "\u200d",
    ]
)
TEXTS = st.lists(ALARMS | st.text(max_size=20), max_size=40).map("".join)


@given(TEXTS)
def test_whatever_arrives_is_read_the_same_way_each_time(text: str) -> None:
    verdict = classify(text)
    assert verdict == classify(text)
    assert verdict.priority in Priority
    assert -1 <= verdict.sentiment_score <= 1
    assert 0 <= verdict.score <= 1
    assert sum(reason.steps for reason in verdict.reasons) == Priority.P3 - verdict.priority
    assert all(reason.evidence in text for reason in verdict.reasons)


@pytest.mark.parametrize("piece", ["拉肚子", "1", "“@a:", "不好", "contact ", "<a", "差评"])
def test_the_middle_of_a_long_text_costs_and_changes_nothing(piece: str) -> None:
    head, tail = (piece * 2_000)[:2_000], (piece * 500)[:500]
    assert classify(f"{head}{'投诉你们' * 5_000}{tail}") == classify(f"{head}{'投诉你们' * 200}{tail}")


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("Great, another update that breaks everything. Love it.", Sentiment.NEGATIVE),
        ("Love how your app crashes every single morning, perfect", Sentiment.NEGATIVE),
        ("真棒，更新完又闪退", Sentiment.NEGATIVE),
        ("又崩了，真厉害", Sentiment.NEGATIVE),
        ("Great update, another reason to stay. Love it.", Sentiment.POSITIVE),
    ],
)
def test_praise_in_front_of_a_fault_that_came_back_is_no_praise(text: str, sentiment: Sentiment) -> None:
    verdict = classify(text)
    assert verdict.sentiment is sentiment
    assert (ReasonKind.PRAISE in kinds(verdict)) == (sentiment is Sentiment.POSITIVE)


@pytest.mark.parametrize(
    "text", ["买给我妈的血压计很好用", "我媽的生日快到了，想買你們的耳機", "给你妈买一个吧"]
)
def test_somebodys_mother_is_no_oath(text: str) -> None:
    verdict = classify(text)
    assert Signal.OFFENSIVE not in verdict.signals
    assert not kinds(verdict) & {ReasonKind.ANGER, ReasonKind.OFFENCE}


@pytest.mark.parametrize("text", ["妈的，又坏了", "他妈的什么破客服"])
def test_an_oath_is_one(text: str) -> None:
    assert Signal.OFFENSIVE in classify(text).signals


@pytest.mark.parametrize("text", ["hello there", "plain line", "On my way", "你好", "在路上"])
def test_a_few_plain_words_are_not_taken_for_noise(text: str) -> None:
    assert classify(text).category is not Category.NOISE


@pytest.mark.parametrize(
    "text", ["@shop 好喜欢这把，寄台湾吗？", "Love the blue one! @shop do you ship to Norway?"]
)
def test_who_is_called_and_asked_in_a_friendly_way_waits_for_an_answer(text: str) -> None:
    assert classify(text).priority is P2


def test_the_highest_class_names_what_put_it_there() -> None:
    for text in (
        "下单第六天，物流还停在已揽收。客服呢？",
        "Day nine and nobody answers. Pathetic. Where is it?",
    ):
        verdict = classify(text)
        assert verdict.priority > P0 or kinds(verdict) & {
            ReasonKind.HARM,
            ReasonKind.MONEY,
            ReasonKind.THREAT,
        }
