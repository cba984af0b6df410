#pragma once

#include "runtime-bridge/daemon/children.h"
#include "runtime-bridge/daemon/wake.h"
#include "runtime-bridge/daemon/workersource.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace runtime {

/// The warm Python process that forks workers (resources/shims/python/parent.py). Started when
/// first needed, again when it died. One worker is forked ahead, since a fork takes about as long
/// as the import of a small function; it is let go when nobody took one for a while.
///
/// The interpreter is $EDGEWRIGHT_PYTHON, else /usr/bin/python3, else python3 of PATH.
class PythonParent final : public WorkerSource
{
public:
    PythonParent(boost::asio::io_context &io, Children &children, std::filesystem::path shims);
    ~PythonParent() override;

    void warm(std::chrono::milliseconds delay) override;
    [[nodiscard]] Result<EmptyWorker> take(const WorkerTask &task,
                                           const std::filesystem::path &temporaryFolder,
                                           boost::asio::yield_context yield) override;

    [[nodiscard]] static std::string interpreter();

private:
    struct Forked {
        pid_t pid = 0;
        bool lost = false;
    };

    Result<> start();
    /// One that is forked ahead may rehearse before it is taken.
    Result<EmptyWorker> fork(bool isAhead, boost::asio::yield_context yield);
    void forkAhead();
    void dropSpare();
    Result<> sendRequest(std::string packet, const std::array<int, 3> &descriptors,
                         boost::asio::yield_context yield);
    void readControl();
    void onMessage(std::string_view packet);
    void onLost();

    boost::asio::io_context &m_io;
    Children &m_children;
    std::filesystem::path m_shims;
    std::unique_ptr<boost::asio::posix::stream_descriptor> m_control; ///< Null: not running.
    pid_t m_pid = 0;
    std::uint64_t m_lastId = 0;
    std::map<std::uint64_t, Forked> m_requests;
    std::optional<EmptyWorker> m_spare;
    bool m_isForkingAhead = false;
    bool m_isSpareAwaited = false;
    boost::asio::steady_timer m_refill;
    boost::asio::steady_timer m_idle;
    Wake m_answered;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace runtime
