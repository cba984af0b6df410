#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/daemon/children.h"
#include "runtime-bridge/daemon/wake.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace runtime {

/// The program edgewright-source, which speaks to one broker for one trigger; it lies beside the
/// runtime's own. Started, and started again whenever it ends, sooner at first and then every half
/// a minute. Everything on the runtime's thread.
class SourceProgram : public std::enable_shared_from_this<SourceProgram>
{
public:
    /// Keeps a message for good. The broker is told so only then; of one that could not be kept it
    /// is not, and gives it again.
    using Keep = std::function<Result<>(const nlohmann::json &message)>;

    /// \a order: its first line, which may hold a password.
    SourceProgram(boost::asio::io_context &io, Children &children, std::string kind,
                  const nlohmann::json &order, Keep keep);

    /// Asked before each message is kept; while it says no, the program has to wait. Unset: always.
    std::function<bool()> mayKeep;
    std::function<void()> changed; ///< trouble() or isConnected() is another one.
    /// A message cannot be given, and goes.
    std::function<void(const std::string &why)> dropped;

    void start();
    /// Nothing is kept any more.
    void stop();

    [[nodiscard]] bool isConnected() const { return m_connected; }
    /// Why it is not connected, in words; empty: it is, or tries for the first time.
    [[nodiscard]] const std::string &trouble() const { return m_trouble; }

private:
    using Yield = boost::asio::yield_context;
    struct Child;

    void run(Yield yield);
    /// Until the program ends: why it did.
    std::string session(Yield yield);
    Result<std::shared_ptr<Child>> startChild();
    std::string converse(Child &child, Yield yield);
    std::string onLine(std::string_view line, Yield yield);
    void waitForEnd(Child &child, Yield yield);
    void setState(bool connected, std::string trouble);

    boost::asio::io_context &m_io;
    Children &m_children;
    std::string m_kind;
    std::string m_order;
    Keep m_keep;
    Wake m_wake;
    std::shared_ptr<Child> m_child;
    std::string m_told; ///< The last trouble that the program told of.
    std::uint64_t m_kept = 0, m_acknowledged = 0;
    bool m_connected = false;
    bool m_stopped = false;
    std::string m_trouble;
};

} // namespace runtime
