"""The demo's virtual cards: what a hand does with plastic."""


def show(shop, call):
    return 200, shop.demo.shape()


def new_card(shop, call):
    return 201, shop.demo.new_card()


def present(shop, call):
    shop.demo.present(call.body.present, call.body.pull_after, call.body.mode)
    return 202, shop.demo.shape()


def remove(shop, call):
    shop.demo.remove()
    return 200, shop.demo.shape()
