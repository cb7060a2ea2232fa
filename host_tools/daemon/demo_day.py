"""`stampd demo --once`: one day of the demo shop, told in plain lines. Every line is a real tap on a soft card, and is checked."""

from cardos.errors import StampdError
from host_tools.daemon.demo_home import make_home
from host_tools.daemon.demo_shop import DemoShop
from host_tools.daemon.settlement import answer_of, settle_card
from host_tools.daemon.tap_desk import TapDesk
from host_tools.daemon.wishes import Wish

PRICE = 350
_PULL_AT = 8  # an exchange in the middle of writing the new record
_PORT = 8787  # stands in the link on the card; nothing is served


class DayWentWrong(StampdError):
    code = "DEMO_FAILED"


class Day:
    """Runs in an empty directory. say(line): where the story goes. steps: the same as dicts; verdict: of the ledger."""

    def __init__(self, folder, say):
        self._folder = folder
        self._say = say
        self.steps = []
        self.verdict: dict = {}

    def run(self):
        """True when everything went as the story says and the ledger proves it. Raises DayWentWrong otherwise."""
        with make_home(self._folder, _PORT) as home:
            self._home, self._desk, self._demo = home, TapDesk(home), DemoShop(delay_s=0)
            self._card = self._demo.add()
            self._say("%s, a day with software cards and TEST keys" % home.settings.shop)
            self._say("")
            self._morning()
            self._mistake()
            self._pulled_sale()
            self._pulled_reward()
            self._evening()
        return self.verdict["ok"]

    def _morning(self):
        self._tap("Anna takes a new card", Wish(kind="issue"), stamps=0)
        for n in range(1, 11):
            self._tap("coffee %d" % n, Wish(kind="sell", amount=PRICE, sale="receipt-%02d" % n), stamps=n)
        self._tap("ten stamps: the reward", Wish(kind="redeem", sale="reward-1"), stamps=0, rewards=["free coffee x1"])

    def _mistake(self):
        self._tap("the cashier undoes that", Wish(kind="undo", sale="reward-1"), stamps=10)
        self._tap("undoing it twice is refused", Wish(kind="undo", sale="reward-1"), outcome="refused")

    def _pulled_sale(self):
        wish = Wish(kind="sell", amount=PRICE, sale="receipt-11")
        self._tap("coffee 11, the card is pulled away mid-write", wish, outcome="in_doubt", pull=("answer-lost", _PULL_AT))
        self._tap("the same card again: the sale is settled, once", wish, stamps=11)

    def _pulled_reward(self):
        self._tap("the reward, the card is pulled away mid-write", Wish(kind="redeem", sale="reward-2"), outcome="in_doubt", pull=("not-executed", _PULL_AT))
        self._settle("the card comes back: nothing was taken, ask again", landed=False)
        self._tap("the reward again, and the card stays", Wish(kind="redeem", sale="reward-3"), stamps=1, rewards=["free coffee x1"])

    def _evening(self):
        today = self._home.store.today(self._home.local_day())
        self._say("")
        self._say("Today: sales %(sales)d, stamps %(stamps)d, rewards given %(rewards)d, undone %(undos)d, in doubt %(doubts)d" % today)
        self._home.store.write_head(self._home.at())
        self.verdict = self._home.store.verify()
        self._say("Ledger: %d events, %s" % (self.verdict["events"], "chain and heads verified" if self.verdict["ok"] else "DOES NOT FIT"))

    def _tap(self, story, wish, outcome="done", stamps=None, rewards=None, pull=None):
        reader = self._demo.reader
        if pull is not None:
            reader.pull_after(pull[1], pull[0])
        reader.put(self._card.chip)
        answer = self._desk.perform(wish, reader, wait_s=0)
        reader.remove()
        self._tell(story, answer)
        held = answer["counters"].get("stamps")
        if answer["outcome"] != outcome or stamps is not None and held != stamps or rewards is not None and answer["rewards"] != rewards:
            raise DayWentWrong("The day went wrong at %r: %s" % (story, answer["message"]), "Please report this.")

    def _settle(self, story, landed):
        reader, doubt = self._demo.reader, self._home.store.all_doubts()[-1]
        reader.put(self._card.chip)
        with reader.wait_for_card(0) as link:
            face, _ = settle_card(self._home, link)
        reader.remove()
        found = self._home.store.transaction(doubt["transaction"])
        self._tell(story, answer_of(self._home, found, face))
        if found["state"] != ("landed" if landed else "not_landed"):
            raise DayWentWrong("The day went wrong at %r." % story, "Please report this.")

    def _tell(self, story, answer):
        self.steps.append({"step": story, **answer})
        self._say("  %-52s %s" % (story, answer["message"]))
