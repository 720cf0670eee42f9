"""Alarms that no table of phrases lists word for word, and decoys that use the same words."""

import pytest

from kefu_tui.domain.verdict import Priority, Signal
from kefu_tui.nlp.features import features
from kefu_tui.nlp.grounds import Ground

T, S, P0 = "threat", "safety", "now"


def _raised(grounds: list[Ground]) -> set[str]:
    signals = {ground.signal for ground in grounds}
    names = {name for name, signal in ((T, Signal.THREAT), (S, Signal.SAFETY)) if signal in signals}
    return names | ({P0} if any(ground.effective is Priority.P0 for ground in grounds) else set())


@pytest.mark.parametrize(
    ("text", "alarms"),
    [
        # over the brand's head
        ("烘干机修了三回还是老样子，区市监所的同志约我周三过去做笔录", {T, P0}),
        ("押金条我复印好了，明早直接去信访办排队", {T, P0}),
        ("健身卡退不了？律师会跟你们老板谈", {T, P0}),
        ("一共二十三位家长签了名，材料本周递交教育局", {T, P0}),
        ("你們再拖，我就寫信給市議員", {T, P0}),
        ("刚把录音发给了都市频道的记者", {T, P0}),
        ("保固內不修,我已經向消保官提出申訴", {T, P0}),
        ("部機整極都唔得,聽日去消委會搵人評理", {T, P0}),
        ("这种会员费能告吗？有没有懂的", {T}),
        ("姐妹别忍，打12315就是了", {T}),
        ("Enough. The ombudsman has my file, you'll get a letter next week.", {T, P0}),
        ("My sister is a solicitor and she is drafting the claim tonight.", {T, P0}),
        ("I sent your invoice to trading standards this morning", {T, P0}),
        ("Other customers with the same fault: join me, we are filing together.", {T, P0}),
        ("tell it to the judge, our hearing is on monday", {T, P0}),
        ("you should report them to the health department", {T}),
        ("我律师朋友说你们这是欺诈，函已经在写了", {T, P0}),
        ("My lawyer friend says you owe me the deposit", {T, P0}),
        ("投诉定了，大家一起签名", {T, P0}),
        # a body
        ("昨晚那份酸菜鱼，吃完半小时开始吐，吐到天亮", {S, P0}),
        ("美甲店把我指甲旁边剪破了，现在化脓", {S, P0}),
        ("孩子從你們的溜滑梯摔下來，門牙斷了", {S, P0}),
        ("搽咗你哋支潤唇膏，個嘴腫晒", {S, P0}),
        ("门口瓷砖太滑，我妈滑倒骨裂了", {S, P0}),
        ("眼药水滴进去以后眼睛肿得睁不开", {S, P0}),
        ("染完头皮有点刺刺的，过会儿就好", {S}),
        ("My daughter's wrist swelled up after one day with this bracelet", {S, P0}),
        ("The chair collapsed under my husband, two cracked ribs", {S, P0}),
        ("We both spent the night puking after your seafood platter", {S, P0}),
        ("the cream leaves my cheeks a little itchy, otherwise fine", {S}),
        # things that fail, and what should not be there
        ("充电器插上没多久就冒烟了，桌子都熏黑", {S, P0}),
        ("下坡時煞車失灵，差點衝出護欄", {S, P0}),
        ("電梯突然急墜，我們全部人嚇到腿軟", {S, P0}),
        ("座椅扶手松动，孩子靠上去差点摔下去", {S}),
        ("粽子里咬出半截橡皮筋", {S}),
        ("The space heater caught fire while nobody was in the room", {S, P0}),
        ("There was a staple in my sandwich", {S}),
        ("bare wires next to the sink in our cabin", {S}),
        # money
        ("凌晨莫名其妙扣了我六百，根本没开过这个会员", {P0}),
        ("行李箱的鎖被撬，裡面的相機不見了", {P0}),
        ("账号被人改绑，里面的积分全被兑走", {P0}),
        ("You charged my card twice for a plan I never signed up for", {P0}),
        ("Someone logged into my account and spent my points", {P0}),
    ],
)
def test_an_alarm_is_found_in_words_of_any_kind(text: str, alarms: set[str]) -> None:
    assert alarms <= _raised(features(text).grounds)


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("表姐在市场监管局上班，周末来我家吃饭", {T, P0}),
        ("消协提醒：预付费要看清合同", {T, P0}),
        ("差点要去投诉，后来发现是我自己填错了", {T, P0}),
        ("冰箱门没关好它就报警，挺贴心", {T, P0}),
        ("跟前台反映了一下，马上换了房间", {T, P0}),
        ("你们动不动就说要起诉欠费的业主", {T, P0}),
        ("我不建议去投诉，投诉了也没用", {T, P0}),
        ("店家說要寄存證信函告我,笑死", {T, P0}),
        ("鄰居又打110說我們太吵", {T, P0}),
        ("路過法院旁邊的豆花店，好吃", {T, P0}),
        ("律师函警告！不许比我先吃到", {T, P0}),
        ("再不上架我要報警了哈哈", {T, P0}),
        ("同事在準備律師考試，頭髮都白了", {T, P0}),
        ("新款耳机渲染图曝光，三种配色", {T, P0}),
        ("Reporting them is pointless, you signed the terms", {T, P0}),
        ("My neighbour called the cops on our barbecue", {T, P0}),
        ("I told the front desk about the noise and they moved us", {T, P0}),
        ("The bank is threatening to sue me over ten dollars", {T, P0}),
        ("Hold the power button and press play", {T, P0}),
        ("The court hears the zoning appeal in March", {T, P0}),
        ("做饭切到手了，怪我自己，今晚点你们家外卖", {S, P0}),
        ("这把儿童剪刀不伤手，设计得好", {S, P0}),
        ("宝宝连用两周没起疹子，回购", {S, P0}),
        ("这价格炸裂，赶紧下单", {S, P0}),
        ("追剧追到头晕，跟谁都没关系", {S, P0}),
        ("這雙鞋走了一天腳沒起水泡，讚", {S, P0}),
        ("凉成这样，存心让我闹肚子是吧", {S, P0}),
        ("米饭有点硬，没熟透的感觉", {S, P0}),
        ("刹车脚感很线性，跑山放心", {S, P0}),
        ("猫咪可爱到当场去世", {S, P0}),
        ("請問這款會不會讓皮膚過敏？", {S, P0}),
        ("咬咬牙买了顶配，真香", {S, P0}),
        ("Zero reaction on my sensitive skin, buying again", {S, P0}),
        ("That bass nearly gave me a heart attack, loved it", {S, P0}),
        ("the shelf is a bit wobbly to put together but looks great now", {P0}),
        ("hot deal, selling like crazy, grab one", {S, P0}),
        ("That finale made my head explode, what a film", {S, P0}),
        ("排队偷走我一个下午", {P0}),
        ("手机在地铁上被偷了，你们能定位吗", {P0}),
        ("That queue robbed me of two hours", {P0}),
        # aimed at somebody else
        ("我朋友说要打12315投诉别家，跟你们没关系", {T, P0}),
        ("刚去消协登记完隔壁那家健身房，不是说你们", {T, P0}),
        ("My lawyer friend loves your headphones", {T, P0}),
        ("隔壁店的充电宝炸了，还是你们家的安心", {S, P0}),
        ("以前用别家的面膜烂脸，换成你们的再没过敏", {S, P0}),
        # over, and thanked for
        ("上次投诉12315以后你们就解决了，感谢", {T, P0}),
        ("去年闹到法院，后来你们处理得很好，还是喜欢你家", {T, P0}),
    ],
)
def test_the_same_words_without_cause_raise_nothing(text: str, absent: set[str]) -> None:
    assert not absent & _raised(features(text).grounds)
