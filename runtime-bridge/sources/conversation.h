#pragma once

#include "runtime-bridge/sources/source.h"

#include <optional>
#include <string>

namespace runtime::sources {

/// Speaks with the runtime in lines of JSON, on descriptors that never wait. docs/protocol.md has
/// the lines.
class Conversation final : public Outlet
{
public:
    /// Messages that are larger are told, and not given.
    static constexpr std::size_t largest = 8u << 20;

    /// \a input, \a output: not owned.
    Conversation(int input, int output);

    /// The first line, waited for; nothing when the runtime has gone before, or it makes no sense.
    [[nodiscard]] std::optional<Order> readOrder(std::string_view kind);
    /// Until the runtime has gone: moves messages from \a source to it and its answers back.
    void run(Source &source, int window);
    /// Waits until what was told is with the runtime.
    void finish();

    std::uint64_t give(const nlohmann::json &message) override;
    void tellConnected() override;
    void tellTrouble(const std::string &why) override;

private:
    void receive(Source &source, int room);
    void send(const nlohmann::json &line);
    bool read(); ///< Whether the runtime is still there.
    bool write();
    [[nodiscard]] std::optional<std::string> takeLine();

    int m_input, m_output;
    std::string m_read, m_unsent;
    std::uint64_t m_given = 0;
    std::uint64_t m_kept = 0;
};

} // namespace runtime::sources
