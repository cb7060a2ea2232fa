"""Published answers that a board computes itself when it is tested: one a primitive, with its source. None of these keys opens anything."""

# RFC 4493, section 4: key, message of 40 bytes, MAC.
CMAC = (
    "2b7e151628aed2a6abf7158809cf4f3c", "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411",
    "dfa66747de9ae63030ca32611497c827",
)  # fmt: skip

# RFC 4493, section 4: AES-128 of a zero block under the key above.
AES_OF_ZERO = "7df76b0c1ab899b33e42f047b91b546f"

# NXP AN10922, section 2.2.1: master key, M, key.
AN10922 = ("00112233445566778899aabbccddeeff", "04782e21801d803042f54e585020416275", "a8dd63a3b89d54b37ca802473fda9175")

# FIPS 180-4, example of one block: SHA-256 of "abc".
SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

# NXP AN12343, section 7.1: RndA, RndB, session keys for encryption and MAC, all under the zero key.
EV2_SESSION = (
    "b04d0787c93ee0cc8cacc8e86f16c6fe", "fa659ad0dca738dd65dc7dc38612ad81", "63dc07286289a7a6c0334ca31c314a04",
    "774f26743ece6af5033b6ae8522946f6",
)  # fmt: skip

# NXP AN12343, MAC examples: session key, transaction identifier, data of command 8D at counter 0, MAC.
EV2_MAC = (
    "9366fa195eb566f5bd2bad4020b83002", "e2d3af69", "0000000019000022222222222222222222222222222222222222222222222222", "68f2c28c575a1628",
)  # fmt: skip

# NXP AN12343: session key, transaction identifier, IV of the command at counter 0.
EV2_IV = ("66a8cb93269dc9bc2885b7a91b9c697b", "ed56f6e6", "da0f644a4986275957cf1ec3af4cce53")

# NXP AN12304: key, CMAC of the empty message in leakage-resilient primitive mode.
LRP_CMAC = ("63a0169b4d9fe42c72b2784c806eac21", "0e07c601970814a4176fda633c6fc3de")

# docs/card-format.md, golden bytes: role master of the printed TEST keys, UID, issuer block, record body, MAC.
RECORD = (
    "5ed9d2d7f039362caac5683fe787219a", "04a1b2c3d4e5f6", "11ffff0000000000010308cb92d335f2",
    "11010201000002014e3800010002dfc6d5eb010000010000", "f6129f9177c3e598",
)  # fmt: skip

# RFC 8032, section 7.1, test 2: public key, message, signature.
ED25519 = (
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
)  # fmt: skip
