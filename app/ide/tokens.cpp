#include "app/ide/tokens.h"

namespace app {

const Tokens &lightTokens()
{
    static const Tokens tokens{
        0xFFFFFF,
        0xF5F6F8,
        0xFFFFFF,
        0xDDE1E6,
        0x1C2430,
        0x56616F,
        0x98A1AC,
        0x0F766E,
        0xFFFFFF,
        0xCDEBE7,
        0x15803D,
        0xA65A00,
        0xB4232A,
        0x1F5FBF,
        {0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0x56B4E9, 0xB07C00, 0x6A51A3, 0x444444},
        false};
    return tokens;
}

const Tokens &darkTokens()
{
    static const Tokens tokens{
        0x1B1F24,
        0x22272E,
        0x2B313A,
        0x363D47,
        0xE4E8EC,
        0x9BA6B2,
        0x66707C,
        0x2DB5A6,
        0x0B1F1D,
        0x17443F,
        0x4ADE80,
        0xF2B24C,
        0xF47174,
        0x7FB2FF,
        {0x5AB4E5, 0xF28E52, 0x3CC79B, 0xE59CC4, 0x9AD4F5, 0xE8B84A, 0xA996DB, 0xC8C8C8},
        true};
    return tokens;
}

} // namespace app
