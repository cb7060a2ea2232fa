"""Soft cards on real reader stacks: on vpcd (PC/SC, behind a private pcscd) and on an emulated PN532 (serial).

card_file       one card in one file, always its true memory
storage_reader  the pseudo-APDUs of a contactless storage-card reader
vpcd            serves that reader face to a vpcd driver
pn532_chip      the PN532's commands over one card; pn532 serves it on a pty, hsu_frames has its framing
private_pcscd   a pcscd of one's own, unprivileged, with vpcd readers
served_card     what both servers share: tears, presentations, coming back
"""
