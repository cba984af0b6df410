#include "runtime-bridge/base/digest.h"

// The plain functions: the EVP ones bring OpenSSL's whole provider machinery, 4 MB, into a static
// program that goes to devices with 512 MB of memory.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace runtime {

namespace {
constexpr std::string_view prefix = "sha256:";
}

std::string toHex(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        text += digits[static_cast<unsigned char>(byte) >> 4];
        text += digits[static_cast<unsigned char>(byte) & 0xf];
    }
    return text;
}

struct Digester::Context {
    SHA256_CTX sha;
};

Digester::Digester() : m_context(std::make_unique<Context>())
{
    SHA256_Init(&m_context->sha);
}

Digester::~Digester() = default;

void Digester::add(std::string_view bytes)
{
    SHA256_Update(&m_context->sha, bytes.data(), bytes.size());
}

std::string Digester::digest()
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
    SHA256_Final(hash.data(), &m_context->sha);
    return std::string(prefix) + toHex({reinterpret_cast<const char *>(hash.data()), hash.size()});
}

std::string digestOf(std::string_view bytes)
{
    Digester digester;
    digester.add(bytes);
    return digester.digest();
}

bool isDigest(std::string_view text)
{
    if (!text.starts_with(prefix) || text.size() != prefix.size() + 64)
        return false;
    text.remove_prefix(prefix.size());
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string shortDigest(std::string_view digest, std::size_t digits)
{
    if (digest.starts_with(prefix))
        digest.remove_prefix(prefix.size());
    return std::string(digest.substr(0, digits));
}

std::string md5Of(std::string_view bytes)
{
    std::array<unsigned char, MD5_DIGEST_LENGTH> hash{};
    MD5_CTX context;
    MD5_Init(&context);
    MD5_Update(&context, bytes.data(), bytes.size());
    MD5_Final(hash.data(), &context);
    return {reinterpret_cast<const char *>(hash.data()), hash.size()};
}

std::string hmacOf(std::string_view key, std::string_view bytes)
{
    // RFC 2104 with SHA-256, whose block is 64 bytes.
    const auto sha256 = [](std::string_view first, std::string_view second) {
        std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
        SHA256_CTX context;
        SHA256_Init(&context);
        SHA256_Update(&context, first.data(), first.size());
        SHA256_Update(&context, second.data(), second.size());
        SHA256_Final(hash.data(), &context);
        return std::string(reinterpret_cast<const char *>(hash.data()), hash.size());
    };
    std::string block = key.size() > 64 ? sha256(key, {}) : std::string(key);
    block.resize(64, '\0');
    const auto padded = [&block](char with) {
        std::string pad = block;
        for (char &byte : pad)
            byte = char(byte ^ with);
        return pad;
    };
    return sha256(padded(0x5c), sha256(padded(0x36), bytes));
}

bool isSameSecret(std::string_view one, std::string_view other)
{
    unsigned difference = one.size() == other.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(one.size(), other.size()); ++i)
        difference |= unsigned(static_cast<unsigned char>(one[i] ^ other[i]));
    return difference == 0;
}

} // namespace runtime
