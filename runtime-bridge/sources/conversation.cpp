#include "runtime-bridge/sources/conversation.h"

#include "runtime-bridge/function/trigger.h"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace runtime::sources {

using nlohmann::json;

namespace {

constexpr int longestWait = 1'000; ///< Milliseconds, see Source::receive().
/// So much is on its way at once; the rest stays with the broker's library.
constexpr std::size_t enoughUnsent = 1u << 20;
constexpr std::string_view ackWord = "ack ";

} // namespace

Conversation::Conversation(int input, int output) : m_input(input), m_output(output)
{
    for (const int descriptor : {input, output})
        ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

std::optional<Order> Conversation::readOrder(std::string_view kind)
{
    std::optional<std::string> line;
    while (!(line = takeLine())) {
        pollfd place{m_input, POLLIN, 0};
        ::poll(&place, 1, -1);
        if (!read())
            return std::nullopt;
    }
    try {
        const json object = json::parse(*line);
        Order order{brokerTriggerFromJson(object.at("trigger")), object.value("password", ""),
                    object.at("client").get<std::string>()};
        if (order.trigger.kind != kind || !objectionTo(order.trigger).empty())
            return std::nullopt;
        return order;
    } catch (const json::exception &) {
        return std::nullopt;
    }
}

void Conversation::run(Source &source, int window)
{
    for (;;) {
        const auto inFlight = int(m_given - m_kept);
        const bool hasRoom = inFlight < window && m_unsent.empty();
        std::array<pollfd, 3> places{pollfd{m_input, POLLIN, 0},
                                     pollfd{m_unsent.empty() ? -1 : m_output, POLLOUT, 0},
                                     pollfd{hasRoom ? source.descriptor() : -1, POLLIN, 0}};
        ::poll(places.data(), places.size(), longestWait);
        if (!read() || !write())
            return;
        std::uint64_t kept = m_kept;
        while (const std::optional<std::string> line = takeLine())
            if (line->starts_with(ackWord))
                std::from_chars(line->data() + ackWord.size(), line->data() + line->size(), kept);
        if (kept > m_kept && kept <= m_given) {
            source.acknowledge(kept);
            m_kept = kept;
        }
        receive(source, m_unsent.empty() ? window - int(m_given - m_kept) : 0);
        if (!write())
            return;
    }
}

void Conversation::receive(Source &source, int room)
{
    std::uint64_t before = 0;
    do {
        before = m_given;
        source.receive(room > 0 ? 1 : 0);
    } while (m_given > before && --room > 0 && m_unsent.size() < enoughUnsent);
}

void Conversation::finish()
{
    while (!m_unsent.empty() && write()) {
        pollfd place{m_output, POLLOUT, 0};
        ::poll(&place, 1, longestWait);
    }
}

std::uint64_t Conversation::give(const json &message)
{
    const json line{{"id", ++m_given}, {"message", message}};
    const std::string text = line.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text.size() > largest)
        send({{"id", m_given},
              {"dropped", "a message of " + std::to_string(text.size() >> 20) +
                              " MB is larger than " + std::to_string(largest >> 20) + " MB"}});
    else
        m_unsent += text + '\n';
    return m_given;
}

void Conversation::tellConnected()
{
    send({{"state", "connected"}});
}

void Conversation::tellTrouble(const std::string &why)
{
    send({{"trouble", why}});
}

void Conversation::send(const json &line)
{
    m_unsent += line.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

bool Conversation::read()
{
    std::array<char, 16 << 10> buffer;
    for (;;) {
        const ssize_t size = ::read(m_input, buffer.data(), buffer.size());
        if (size > 0)
            m_read.append(buffer.data(), std::size_t(size));
        else if (size < 0 && errno == EINTR)
            continue;
        else
            return size < 0 && errno == EAGAIN;
    }
}

bool Conversation::write()
{
    std::size_t written = 0;
    bool isThere = true;
    while (written < m_unsent.size()) {
        const ssize_t size =
            ::write(m_output, m_unsent.data() + written, m_unsent.size() - written);
        if (size < 0 && errno == EINTR)
            continue;
        isThere = size >= 0 || errno == EAGAIN;
        if (size < 0)
            break;
        written += std::size_t(size);
    }
    m_unsent.erase(0, written);
    return isThere;
}

std::optional<std::string> Conversation::takeLine()
{
    const std::size_t end = m_read.find('\n');
    if (end == std::string::npos)
        return std::nullopt;
    std::string line = m_read.substr(0, end);
    m_read.erase(0, end + 1);
    return line;
}

} // namespace runtime::sources
