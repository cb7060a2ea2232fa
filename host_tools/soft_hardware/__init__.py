"""Soft cards on real reader stacks: on vpcd (PC/SC, behind a private pcscd) and on an emulated PN532 (serial).

card_file           one card in one file, always its true memory
storage_reader      the pseudo-APDUs of a contactless reader for Type 2 cards; classic_reader those for Classic cards
contactless_reader  what the reader answers itself for ISO-DEP and Classic cards; contactless_atr the ATRs it makes up
faces               which of them a card gets
vpcd                serves such a face to a vpcd driver
pn532_chip          the PN532's commands, pn532_target its card; pn532 serves it on a pty, hsu_frames has its framing
private_pcscd       a pcscd of one's own, unprivileged, with vpcd readers
served_card         what both servers share: tears, presentations, coming back
"""
