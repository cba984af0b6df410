#pragma once

#include "runtime-bridge/daemon/children.h"
#include "runtime-bridge/daemon/workersource.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <filesystem>
#include <memory>
#include <string>

namespace runtime {

/// Started Node.js processes that wait for a function (resources/shims/nodejs/worker.js), because
/// Node.js starts slowly and cannot fork. Kept full in the background from the first use on; let go
/// when nobody took one for a while.
///
/// The interpreter is $EDGEWRIGHT_NODE, else node of PATH.
class NodeStock final : public WorkerSource
{
public:
    NodeStock(boost::asio::io_context &io, Children &children, std::filesystem::path shims);
    ~NodeStock() override;

    void warm(std::chrono::milliseconds delay) override;
    [[nodiscard]] Result<EmptyWorker> take(const WorkerTask &task,
                                           const std::filesystem::path &temporaryFolder,
                                           boost::asio::yield_context yield) override;

    [[nodiscard]] static std::string interpreter();

private:
    Result<EmptyWorker> start();
    void refillSoon();
    void letGo();

    boost::asio::io_context &m_io;
    Children &m_children;
    std::filesystem::path m_shims;
    std::deque<EmptyWorker> m_stock;
    boost::asio::steady_timer m_refill, m_idle;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace runtime
