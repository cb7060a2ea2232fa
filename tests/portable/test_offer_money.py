"""Half up once, then largest remainder: nothing is lost or made, ties go to the earlier line."""

from cardos.offers.money import half_up, share_of, spread


def test_halves_go_up():
    assert [half_up(number, 10) for number in (0, 4, 5, 14, 15, 16, 25)] == [0, 0, 1, 1, 2, 2, 3]
    assert half_up(1, 3) == 0 and half_up(2, 3) == 1 and half_up(10**16 + 1, 2) == 5 * 10**15 + 1


def test_a_share_is_rounded_once_over_all_lines():
    assert share_of([333, 333, 334], 500) == 50
    assert share_of([5, 5], 500) == 1 and share_of([9], 500) == 0  # 0.5 and 0.45
    assert share_of([], 500) == 0 and share_of([100], 10000) == 100 and share_of([100], 25000) == 100
    assert share_of([10**12], 9999) == 999900000000


def test_the_largest_remainder_gets_the_rest():
    assert spread(100, [333, 333, 334]) == [33, 33, 34]
    assert spread(1, [1, 1, 1]) == [1, 0, 0]  # a tie: the earlier line
    assert spread(2, [1, 1, 1]) == [1, 1, 0]
    assert spread(10, [1, 2, 97]) == [0, 0, 10]
    assert spread(5, [3, 3, 3]) == [2, 2, 1]
    assert spread(0, [5, 5]) == [0, 0] and spread(0, [0, 0]) == [0, 0] and spread(0, []) == []
    assert spread(7, [0, 7, 0]) == [0, 7, 0]
    assert spread(10**12 - 1, [10**12, 0]) == [10**12 - 1, 0]


def test_every_spread_adds_up_and_no_line_gives_more_than_it_has():
    number = 1
    for count in range(1, 8):
        for _ in range(60):
            values = []
            for _ in range(count):
                number = (number * 1103515245 + 12345) % 2147483648
                values.append(number % 1000)
            total = sum(values)
            for amount in (0, 1, total // 3, total // 2, max(0, total - 1), total):
                if amount > total:
                    continue
                shares = spread(amount, values)
                assert sum(shares) == amount
                for share, value in zip(shares, values):
                    assert 0 <= share <= value
                    exact = amount * value
                    assert not total or exact // total <= share <= exact // total + 1
