"""The phrases the tone check listens for, and what could be said instead.

Patterns are written in folded text: Simplified, half-width, lower case. A proposal is a sentence of the
shop's own kind, in the language of the reply; braces in it are fields as in any script.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from kefu_tui.domain.verdict import Language


class Fault(StrEnum):
    """What can be wrong with how a reply sounds, worst first."""

    THREAT = "threat"
    PRIVATE = "private"
    QUARREL = "quarrel"
    BRUSH_OFF = "brush_off"
    OFFICE = "office"
    EMPTY_APOLOGY = "empty_apology"
    UNANSWERED = "unanswered"
    NO_STEP = "no_step"
    VERBATIM = "verbatim"


@dataclass(frozen=True, slots=True)
class Better:
    """The same proposal in each language a reply may be in."""

    hans: str
    hant: str
    english: str

    def in_language(self, language: Language) -> str:
        match language:
            case Language.ENGLISH:
                return self.english
            case Language.HANT:
                return self.hant
            case _:
                return self.hans


@dataclass(frozen=True, slots=True)
class Phrase:
    """One family of phrases. A `weak` one counts only beside another, or where nothing concrete is said."""

    fault: Fault
    pattern: re.Pattern[str]
    better: Better
    weak: bool = False


def _phrase(fault: Fault, better: Better, *alternatives: str, weak: bool = False) -> Phrase:
    return Phrase(fault, re.compile("|".join(alternatives)), better, weak)


_I_TAKE_IT = Better(
    "这事我来管，{今晚前}在这儿回您。",
    "這件事我來處理，{今晚前}在這裡回您。",
    "This one is mine; I'll answer you here by {tonight}.",
)
_PLAIN_SORRY = Better(
    "让您折腾了，是我没做好。",
    "讓您白忙一場，是我沒做好。",
    "That cost you time, and it's on me.",
)
_NAME_WHO = Better(
    "我自己去问，{明天12点前}告诉您问到了什么。",
    "我自己去問，{明天12點前}告訴您問到什麼。",
    "I'll ask them myself and tell you what they said by {tomorrow 12:00}.",
)
_RULE_TO_WAY = Better(
    "照规矩是不行，但您这种情况，我能做的是{?能做的事}。",
    "照規定是不行，但您的狀況，我能做的是{?能做的事}。",
    "The usual answer is no; what I can do for you is {?what you can do}.",
)
_SAY_THE_THING = Better(
    "直接说事：{?查到了什么}，下一步{?做什么}。",
    "直接說：{?查到了什麼}，下一步{?做什麼}。",
    "Straight to it: {?what you found}. Next: {?what you do}.",
)
_I_CALL = Better(
    "快递我来打，{今晚前}告诉您东西在哪。",
    "貨運我來打，{今晚前}告訴您東西在哪裡。",
    "I'll ring them for you, and you'll know where things stand by {tonight}.",
)
_I_SORT_IT = Better(
    "这事您找我一个人就行，我去办，{明天18点前}给您结果。",
    "這件事您找我一個人就好，我去辦，{明天18點前}給您結果。",
    "You only need me for this; I'll sort it out and report back by {tomorrow 18:00}.",
)
_LET_US_TALK = Better(
    "您说的哪一处不对，我想弄清楚；方便私信我吗？",
    "您說的是哪裡不對，我想弄清楚；方便私訊我嗎？",
    "I'd like to understand what went wrong for you; may I ask you by DM?",
)
_NOT_YOU = Better(
    "可能是我没说清楚：先{?第一步}，不行我给您换。",
    "可能是我沒說清楚：先{?第一步}，不行我幫您換。",
    "I may not have put it clearly: first {?first step}; if that fails I'll swap it.",
)
_PRICE = Better(
    "花了钱不称手，搁谁都不痛快。换还是退，您来定。",
    "花了錢不順手，誰都不痛快。要換還是退，您決定。",
    "You paid and it didn't hold up; swap or refund, you choose.",
)

OFFICE: tuple[Phrase, ...] = (
    _phrase(
        Fault.OFFICE,
        _I_TAKE_IT,
        r"高度重视|引起.{0,6}重视|十分重视|非常重视",
        r"积极(?:跟进|配合|处理|协调|沟通)|妥善(?:处理|解决)|持续(?:跟进|改进|优化|精进)|(?:尽速|尽快)(?:了解|核实|处理|为您)",
        r"酌情|研究研究|统筹|另行通知|关注(?:我们的?)?(?:官方|官网|后续)|后续(?:动态|进展)请|以官方(?:公告|通知|渠道)|按(?:序|顺序|流程)(?:处理|办理)|走流程|(?:填写|提交).{0,8}(?:表单|表格|问卷|工单|申请表)|个工作日",
        r"(?:已|已经)(?:知悉|记录|上报|受理|收悉|登记)|(?:已经?)?记录(?:下来)?(?:啦|了|并)",
    ),
    _phrase(
        Fault.OFFICE,
        _NAME_WHO,
        r"(?:相关|有关|责任|对应)(?:部门|人员|同事|负责人|单位)",
        r"(?:反馈|转达|移交|转交|提交|上报|反映)(?:至|给|到)(?:了)?(?:相关|上级|总部|后台|专员|公司|领导|技术)",
        r"将?.{0,6}诉求.{0,6}(?:上报|反馈)",
        r"专员|(?:会有|安排)?专人(?:与您|和您|联系|跟进|处理)|工作人员(?:与您|和您|会|将)|升级(?:至|到|处理)|工单",
        r"保持(?:电话|手机|通讯)畅通",
    ),
    _phrase(
        Fault.OFFICE,
        _PLAIN_SORRY,
        r"敬请(?:谅解|见谅|知悉|期待|理解|留意|配合)|不便之处|带来(?:的|了)?(?:诸多)?不便|造成(?:的|了)?(?:诸多)?不便",
        r"深表(?:遗憾|歉意|同情)|深感(?:遗憾|抱歉|歉意)|致以.{0,6}歉意|望(?:您)?(?:海涵|谅解|周知)|恳请(?:您)?(?:谅解|理解)",
    ),
    _phrase(
        Fault.OFFICE,
        _SAY_THE_THING,
        r"尊敬的|您(?:所)?(?:反映|反馈|提出)的(?:情况|问题|事项|内容)|针对(?:您|此|该)",
        r"心声|致力于|创造价值|虚心(?:受教|接受)|批评(?:与|和)?指[教正]|用户至上|匠心|初心|我司|我方|本公司|本店(?:一贯|始终|郑重|特此)|本着|秉承|秉持|一贯|顾客至上|客户至上|以客为尊",
        r"(?:提升|提高|改善|优化|精进)(?:我们的)?(?:服务|产品)?(?:品质|质量|水平|体验)|前进的动力|最大的(?:追求|动力)|宝贵(?:的)?(?:意见|建议)",
        r"加强(?:内部)?(?:管理|培训|监管)|杜绝|此类(?:事件|情况|问题)|纯属个案|个别现象|严肃处理|深刻(?:反思|检讨)",
        r"祝您(?:生活|购物|工作)(?:愉快|顺利)|对本次服务(?:作出|做出|进行)?评价|更好(?:地|的)为您服务|竭诚",
        r"有什么可以帮(?:到|助)?您|很高兴为您服务",
    ),
    _phrase(
        Fault.OFFICE,
        _RULE_TO_WAY,
        r"(?:根据|按照|依据|依照)(?:我们|我司|公司|平台|本店|相关|国家|活动|店铺)?(?:的)?(?:规定|规则|政策|条款|流程|制度)",
        r"一律不(?:予|得|能|退)|不予(?:退换|退款|受理|处理|支持|赔偿)|不符合.{0,8}(?:条件|规定|要求|标准)|请(?:您)?(?:知悉|周知|悉知)|最终解释权",
    ),
    _phrase(
        Fault.OFFICE,
        _I_TAKE_IT,
        r"(?:请|麻烦)?(?:您)?(?:再)?耐心(?:地)?等[待候]?|感谢您的(?:反馈|支持|理解|关注|来信|配合|耐心|喜爱|意见|信任|光临|谅解)",
        r"感谢您对我们的|感谢(?:您)?(?:的)?(?:理解|支持|配合)(?:与|和)|感谢理解|第一时间|(?:^|[,。!~\s])亲(?=[,,!~\s、的您在])|呢亲|哦亲|小二|非常理解您的心情|理解您的心情",
        r"(?:您的)?(?:意见|反馈|满意)(?:对我们|是我们)",
        weak=True,
    ),
    _phrase(
        Fault.OFFICE,
        _SAY_THE_THING,
        r"dear (?:valued |esteemed )?(?:customer|client|sir|user)|valued customer|we value your|your (?:feedback|satisfaction|opinion|business) is (?:very |extremely )?(?:important|valuable)",
        r"strive to|(?:we )?have noted|bring(?:ing)? this to our attention|top priority|(?:takes?|take) (?:all|every|your) (?:complaints?|feedback|concerns?) (?:very )?seriously|business days|committed to (?:providing|excellence|delivering)|best (?:possible )?experience|highest (?:standard|quality) of|look(?:ing)? forward to serving",
        r"reaching out to us|thank you for (?:reaching out|contacting us|your (?:feedback|patience|understanding|cooperation))",
        r"(?:higher|greater) than (?:normal|usual)|unusually high (?:volume|demand)|patience is appreciated|appreciate your patience",
    ),
    _phrase(
        Fault.OFFICE,
        _PLAIN_SORRY,
        r"any inconvenience|inconvenience (?:this|it|that|caused)|for the inconvenience|experience you had with us",
    ),
    _phrase(
        Fault.OFFICE,
        _NAME_WHO,
        r"(?:relevant|appropriate|concerned|responsible) (?:department|team|party|parties|personnel)|has been (?:forwarded|escalated|logged|noted|passed)|in due course|ticket (?:has been|number)|at (?:this|the present) time|representative will",
    ),
    _phrase(
        Fault.OFFICE,
        _RULE_TO_WAY,
        r"(?:as per|per|according to|in accordance with|due to) (?:our|company|the company|store)(?: company| store| return| refund)? (?:polic|terms|rules|guidelines)|kindly (?:note|be advised|bear)|please be (?:advised|informed)|not eligible|non-?refundable",
    ),
)

BRUSH_OFF: tuple[Phrase, ...] = (
    _phrase(
        Fault.BRUSH_OFF,
        _I_CALL,
        r"(?:请|你|您)?(?:去|直接|自己|自行)?(?:找|问|联系|咨询)(?:一下)?(?:快递|物流|货运|邮局|顺丰|中通|圆通|韵达)(?:公司|小哥|那边|方|客服)?(?:吧|[,。!]|$|处理|解决|查)",
        r"只负责(?:发货|卖|销售)|(?:发货|发出|寄出)(?:后|之后|了)?就(?:不归|不关|不是)我",
        r"显示(?:已|已经)?签收.{0,10}(?:没办法|无法|不能|不归)|take it up with the (?:courier|carrier|post|bank)|(?:contact|call|ask) the (?:courier|carrier|post office|delivery)",
    ),
    _phrase(
        Fault.BRUSH_OFF,
        _I_SORT_IT,
        r"(?:不归|不关|不由)(?:我|我们|我司|咱)|不是我(?:们)?的?(?:问题|责任|事)|(?:跟|和|与)我(?:们)?(?:没|没有|无)(?:任何)?关系|与我(?:们)?无关",
        r"(?:我们?|我这(?:边|里)?)(?:也|都)?(?:没|没有|无)(?:什么)?(?:办法|能为力|权限)|无能为力|爱莫能助|无法(?:处理|解决|受理|办理)|系统就(?:这样|是这样)",
        r"(?:自行|自己)(?:联系|解决|处理|想办法|协商|查)",
        r"(?:请|麻烦|你|您|去|再)(?:您)?(?:去|直接)?(?:联系|找|问|打)(?:一下)?(?:平台|厂家|厂商|客服|官方|卖家|银行|400|总部)",
        r"这(?:个)?(?:要|得|应该)(?:去)?(?:问|找)(?!我)|(?:厂(?:里|家)|总部|总公司|公司|上面|领导|老板|品牌方).{0,2}(?:就是这|决定|规定|要求|说了算|定的)|改不了|没得改|只是(?:配合|执行|照做)|说什么都(?:晚|没用)|(?:签收|收货|验货|付款|当时)(?:的时候)?(?:您|你)?(?:怎么)?(?:没|不)(?:验|看|说|检查)",
        r"(?:^|[,。!])(?:我)?(?:不清楚|不知道|不了解)(?:[,。!吧呢]|$)(?!.*(?:我去|我来|我问|帮您|给您))",
        r"you should(?:'ve| have) (?:checked|read|asked|said|told|looked|noticed|thought)|how (?:the factory|they) (?:makes?|come)|should have been checked",
        r"(?:not|isn't|is not) (?:our|my) (?:problem|responsibility|fault|job)|nothing (?:we|i) can do|(?:can't|cannot|unable to) help (?:you|with)|out of (?:our|my) (?:hands|control)",
        r"(?:please |you(?:'ll| will)? (?:need|have) to |you should )?(?:contact|ask|call|try) the (?:manufacturer|seller|platform|bank|vendor)|contact (?:customer )?(?:service|support)",
    ),
)

QUARREL: tuple[Phrase, ...] = (
    _phrase(
        Fault.QUARREL,
        _NOT_YOU,
        r"(?:就|只有)[你您](?:一个)?(?:人)?(?:有问题|事多|不行|这么多)|别人(?:家)?(?:用|买|穿|吃)?(?:着)?(?:都|就|怎么就?)(?:没|不|好)|[你您](?:到底)?会不会(?:用|看|装|穿)",
        r"[你您]自己(?:没|不|弄|摔|操作|使用|看|选|要|摔)|(?<!不)(?:是|肯定|明明|都是|全是)[你您](?:自己)?(?:自己|没看|摔|弄|操作|不会|用错)|(?<![不别没])怪(?:谁|你|您|我咯|我吗)|操作不当|使用不当|人为(?:损坏|造成)",
        r"听不懂|看不懂(?:字|中文|人话)|不识字|[你您]懂(?:什么|不懂)|没(?:带)?脑子|智商|有病|说(?:过|了)(?:很多|多少|几百|八百|无数)(?:遍|次|回)|解释过(?:很多|多少|无数)?(?:遍|次)|不会(?:自己)?看(?:尺寸|说明|详情|介绍|字)",
        r"(?:you|u) (?:must be|are|were) (?:using|doing|holding|wearing) it wrong|you (?:clearly|obviously|probably) (?:didn't|did not|don't|do not|never|can't)|user error|read the (?:manual|description|instructions|faq)(?: (?:next time|first|properly|before))|nobody else (?:has|had|is|complain)|no ?one else (?:has|had|is|complain)|other customers (?:don't|have no)",
    ),
    _phrase(
        Fault.QUARREL,
        _PRICE,
        r"一分钱一分货|(?:这个|这)价(?:钱|格|位)?(?:你|您)?(?:还)?(?:想|要|能)|便宜(?:还|没好货|就别)|几块钱(?:的东西)?|嫌贵|有的是人买|爱买不买|不买拉倒|买不起|爱要不要|要求(?:别|不要)(?:那么|太|这么)高|(?:不然|要不|有本事)[你您](?:自己)?(?:做|来|行)",
        r"get what you pay|what (?:do|did) you expect|cheap for a reason|can't afford|buy (?:it )?somewhere else|shop elsewhere|take it or leave it",
    ),
    _phrase(
        Fault.QUARREL,
        _LET_US_TALK,
        r"呵呵|(?:你|您)(?:可)?真(?:会|行|能)(?!干|说笑)|挑(?:刺|毛病|理)|(?:找|鸡蛋里).{0,3}(?:毛病|骨头|茬)|有意思[吗么]|至于[吗么]|有(?:必要|完没完)[吗么]?|懂的都懂|不多说了|懒得(?:理|说|解释)|您高兴就好|惹不起|吹毛求疵|矫情|玻璃心|大惊小怪|上纲上线|钻牛角尖|较真|斤斤计较|(?:你|您)这种(?:人|客|顾)",
        r"同行(?:吧|派来|恶意|抹黑)|恶意(?:差评|评价|投诉)|水军|白嫖|碰瓷|讹(?:人|钱|诈)|无理取闹|胡搅蛮缠|刁民|没素质|不讲理|见多了|想多了|少来(?:这套)?|得寸进尺|小题大做",
        r"(?:去|随便|尽管)[你您]?(?:去)?(?:投诉|举报|告)(?:啊|呀|吧)|我(?:等着|不怕)|随便[你您]|关我(?:什么|屁)事|爱(?:咋咋|怎么)",
        r"it's (?:just|only)?\s?a .{0,20}(?:dollar|buck|euro|pound|mug|kettle|bag|shirt)\b.{0,12}|\brelax\b|chill out|get over it|grow up|good for you|if you say so|some people|whatever you say|not a big deal|dramatic|picky|nit-?pick",
        r"calm down|stop (?:whining|complaining|lying)|you(?:'re| are) (?:lying|ridiculous|overreacting|being (?:rude|unreasonable|difficult))|fake review|competitor|go ahead and (?:complain|sue)|as i (?:already|have already) (?:said|told|explained)",
    ),
)

THREAT: tuple[Phrase, ...] = (
    _phrase(
        Fault.THREAT,
        _LET_US_TALK,
        r"(?:律师|法务)(?:函|信|警告|团队|部)|(?:委托|交给|让|请|找|通过)(?:我们?的?)?(?:律师|法务)|(?:我们?(?:会|要|将|就)?|将|会)?(?:起诉|告|诉讼)(?:你|您)|法院见|法庭(?:上)?见",
        r"追究.{0,8}责任|法律(?:责任|手段|途径|追诉|武器|后果)|(?:采取|诉诸|走)(?:法律|司法)|妨害名誉|(?:侵犯|损害).{0,6}名誉|(?:侵害|损害)(?:我|本).{0,6}(?:权益|商誉)|诽谤|合法权益|固定证据|(?:保留|已)(?:证据|截图|取证)",
        r"(?:立即|马上|立刻|请|必须|限)[^,。]{0,10}(?:删除|删帖|删文|撤下|下架评论|删评)|(?:天|小时|时间)(?:内)?删(?:帖|除|文|评)|不删(?:就|的话|除)",
        r"(?:不实|虚假|不当)(?:言论|信息|评论|内容)|造谣|传谣|报警(?:抓|处理(?:你|您))|(?:否则|不然).{0,8}报警",
        r"(?:你|您)(?:家|的)?.{0,8}(?:住址|地址|电话|信息|单位|身份证).{0,6}(?:都有|我有|知道|在我|全)|(?:聊天记录|电话|地址).{0,8}(?:全)?(?:发|公布|曝光)(?:出|到)(?:来|去|网)|知道[你您]住",
        r"后果自负|走着瞧|别怪我|想清楚(?:再|点|了)|劝[你您](?:想|不要|别|最好)|等着瞧|给[你您]点(?:颜色|厉害)|拉黑[你您]",
        r"截图.{0,4}(?:留|存|保)(?:好|着|下)|法外之地|慎言|谨言|好自为之|做(?:得太)?绝|认识.{0,8}(?:领导|老板|单位|警察|派出所)|人肉|(?:找|去)(?:你|您)(?:的)?(?:单位|公司|学校|家里)",
        r"our (?:lawyers?|attorneys?|legal team)|legal (?:action|steps|proceedings|consequences)|(?:we|i)(?:'ll| will| may| shall)? (?:sue|be suing|press charges|report you)|see you in court|defamation|defamatory|libel|slander|cease and desist",
        r"(?:remove|delete|take down|take) (?:this|that|your|the)? ?(?:post|review|comment|tweet|thread)?.{0,16}(?:immediately|at once|now or|or (?:else|you|we|i))|(?:immediately|at once) (?:remove|delete)",
        r"know (?:where you|your (?:employer|boss|address|name|school))|(?:got|have|kept|saved) (?:the )?screenshots|careful what you|(?:have|got) your (?:address|number)|think twice|you(?:'ll| will) regret|or else",
    ),
)

PHRASES: tuple[Phrase, ...] = (*THREAT, *QUARREL, *BRUSH_OFF, *OFFICE)

_FIX = Better(
    "对不起，是我没做好。{明天18点前}给您换好，单号发您。",
    "對不起，是我沒做好。{明天18點前}幫您換好，單號傳給您。",
    "I'm sorry, that's on me. You'll have a new one on its way by {tomorrow 18:00}.",
)
_ANSWER_FIRST = Better(
    "先回您问的：{?您问的答案}。",
    "先回您問的：{?您問的答案}。",
    "First, what you asked: {?the answer}.",
)
_A_STEP = Better(
    "我现在{?做什么}，{今晚前}给您准信。",
    "我現在{?做什麼}，{今晚前}給您答覆。",
    "I'm {?doing what} now, and you'll hear from me by {tonight}.",
)
_BY_DM = Better(
    "这个放公开的地方不安全，我私信您说。",
    "這個放在公開的地方不安全，我私訊您說。",
    "That shouldn't stand in public; I'll send it to you by DM.",
)
_OWN_WORDS = Better(
    "把开头换成只有这位客人才有的事：{?这位客人说的那件事}。",
    "把開頭換成只有這位客人才有的事：{?這位客人說的那件事}。",
    "Begin with what only this customer told you: {?their own story}.",
)

FIX, ANSWER_FIRST, A_STEP, BY_DM, OWN_WORDS = _FIX, _ANSWER_FIRST, _A_STEP, _BY_DM, _OWN_WORDS

# what takes a threat's words out of our mouth: their right, our own fault, a good that protects them
HARMLESS = re.compile(
    r"(?:律师|法务)(?:也)?(?:问过|说(?:该|应该|是我))|[您你](?:要|想|有权|可以|尽管放心)(?:去)?(?:起诉|投诉|告|找律师)(?!你)"
    r"|(?:不|别|不用|不要)(?:用|要|必)?(?:急着)?(?:删|删除|撤下)|you (?:can|may|have every right to) (?:sue|complain)|don't (?:delete|remove|take)"
    r"|(?:no need|not asking you) to (?:delete|remove|take)"
)

APOLOGY = re.compile(
    r"抱歉|对不起|对不住|不好意思|歉意|道歉|海涵|见谅|包涵|原谅|赔(?:个)?不是"
    r"|\b(?:sorry|apolog\w+|regret\w*|forgive)\b"
)
# something is done, given or said: a remedy, a time, a fact, a question back
CONCRETE = re.compile(
    r"退(?!出|步)|[换补赔寄](?!成功)|重(?:新)?(?:做|发|刻|寄)|[查问催修](?:到|过|完|清|好|了|一下|出|明)?|送(?:到|您|上|一)|上门|打(?:了|过|给|去|个)|来取"
    r"|发(?:您|出|给|货|走)|给您(?:两|一|个|换|办|结|答|说|报|留|送)|私信|私讯|单号|免(?:费|单)|停(?:卖|售|产|用)|先别用|别再用|拔电|(?:我|已经?|今天|明天).{0,3}改(?!不)|改(?:了|好|成|掉)|您选|选好|您挑|挑一|您定|我(?:刚|已|来|去|把|帮|替|给|接|先|再|自己|问|办|查)|我信您|不(?:收|要)您.{0,3}(?:钱|费)|免了|留(?:着|给|一)|当面"
    r"|[0-9一二两三四五六七八九十]+\s*(?:[点号日天时分元块年]|小时|个|公分|厘米|度|只|份)|[今明后](?:天|晚|早)|早上|上午|中午|下午|晚上|今晚|周[一二三四五六日天末]|星期|礼拜|马上|这就"
    r"|吗[??]|[??]|\{[?？]"
    r"|\b(?:refund\w*|replac\w+|swap\w*|send\w*|sent|ship\w*|courier|fix\w*|repair\w*|check\w*|look(?:ed|ing)? into|call\w*|ring|dm|today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|noon|\d+|free|half|new one|money back|(?:on|it's on) me|come by|here's|closed|added|found|post you|let me|i'll|i've|i (?:just|already|have)|(?:turn|push|press|pull|unplug|hold|try|film|photo) \w+)\b"
)
GREETING = re.compile(
    r"^(?:尊敬的.{0,6}|亲(?:爱的)?.{0,4}|您好|你好|哈喽|hi|hello|hey|dear [\w ]+)$"
    r"|^(?:是)?(?:因为|由于).{0,20}$|^.{0,14}(?:疏忽|失误|不到位|没做好).{0,3}$"
    r"|(?:是我们?|我们?)(?:的)?(?:不好|不对|错|失职)$|消消气|别(?:生|动)气|our bad|my bad|^oh no$"
    r"|(?:以后|今后|下次|会)?.{0,4}(?:注意|努力|改进|改正|做得更好).{0,4}$"
    r"|(?:造成|带来|添).{0,10}(?:不便|麻烦|困扰|困擾|体验|不愉快|不快)|谅解|体谅|再给我们一次机会|感谢|谢谢|(?:受|让您)(?:委屈|久等|失望)"
)
QUESTION = re.compile(
    r"(?<!在吗)[??]|(?<!在)(?<!有人)吗(?:[,。!~…\s]|$)|(?:多少|几点|几天|什么时候|啥时候|哪天|哪里|哪儿|怎么(?:办|弄|用|装|退|换|联系|买)|能不能|可不可以|有没有|是不是|要不要|会不会|多久|为什么|为何|请问)"
    r"|\b(?:when|where|how (?:much|long|many|do|can)|what time|which|can i|could you|do you|does it|is it|will it|are you)\b"
)
_WHEN = r"什么时候|啥时候|哪天|几点|几号|多久|几天|\bwhen\b|how long|what time"
_HOW_MUCH = r"多少|多大|多重|多长|几(?:个|块|斤|种)|价格|尺寸|how (?:much|many|big|tall)|what size|price"
TIMES = re.compile(
    r"[0-9一二两三四五六七八九十]+\s*(?:点|号|日|天|周|个?小时|分钟|月|年)|[今明后](?:天|晚|早)|上午|中午|下午|晚上|周[一二三四五六日天末]|星期|礼拜|马上|现在|刚|已经|到了|昨天"
    r"|\b(?:today|tonight|tomorrow|mon|tues|wednes|thurs|fri|satur|sun)\w*|\bby \w+|\d|\bnow\b|\bjust\b|\b(?:minutes|hours|days)\b|\b(?:an|next) (?:hour|day|week)\b|\byet\b"
)
NUMBERS = re.compile(r"[0-9一二两三四五六七八九十百]+")
ASKS = ((re.compile(_WHEN), TIMES), (re.compile(_HOW_MUCH), NUMBERS))
# an answer to yes or no, an honest "not yet", or a question back
ANSWERS = re.compile(
    r"能|可以|不行|行的|没问题|支持|不支持|有货|没货|没有|都没|有的|是的|不是|对的|会的|不会|不能|不含|不寄|算我的|不[^,。]{0,2}(?:错|用|要|含|寄|支持)|安全|别|(?:^|[,。!])[^,。!]{1,3}的(?:[,。!]|$)"
    r"|还没查|还不知道|还没|查到|查了|查一下|我查|我问|问一下|私信|私讯|发我|告诉我|退|换|补|赔|寄|在(?:的|呢|您|这)|我在|开好|做好|因为|是因"
    r"|\b(?:yes|no|not|don't|can|can't|won't|works?|fits?|we do|we don't|because|sorry|dm|found|refund\w*|send\w*|sent|ship\w*|here's|check\w*|asking|i'll)\b"
)
