#pragma once

#include "runtime-bridge/daemon/blobstore.h"
#include "runtime-bridge/daemon/diskthread.h"
#include "runtime-bridge/daemon/folderwatch.h"
#include "runtime-bridge/daemon/hostedfunction.h"
#include "runtime-bridge/daemon/invoker.h"
#include "runtime-bridge/daemon/wake.h"

#include <nlohmann/json_fwd.hpp>

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace runtime {

/// The functions of one runtime: takes bundles in, follows linked folders, remembers what to serve
/// over restarts (functions.json), and passes invocations on.
class FunctionHost final : public Invoker
{
public:
    FunctionHost(HostParts parts, HostObserver &observer);
    ~FunctionHost() override;

    /// Serves again what functions.json names.
    void restore();

    [[nodiscard]] Result<Invocation> invoke(const InvokeRequest &request,
                                            boost::asio::yield_context yield) override;
    /// As above, with an event that may be anything: ErrorCode::EventInvalid when it is no JSON.
    [[nodiscard]] Result<Invocation> invoke(const InvokeRequest &request,
                                            Cancellation *cancellation,
                                            boost::asio::yield_context yield);
    /// As above, after what \a connection has put of that function has been switched in or refused:
    /// who sends both at once reaches the new version.
    [[nodiscard]] Result<Invocation> invokeFrom(std::uint64_t connection,
                                                const InvokeRequest &request,
                                                Cancellation *cancellation,
                                                boost::asio::yield_context yield);
    [[nodiscard]] Result<Invocation> invokeFor(const Caller &caller, const InvokeRequest &request,
                                               boost::asio::yield_context yield) override;
    [[nodiscard]] Result<PutResult> put(PutRequest request, std::uint64_t lease,
                                        boost::asio::yield_context yield) override;
    /// put() for \a connection, see invokeFrom().
    [[nodiscard]] Result<PutResult> putFrom(std::uint64_t connection, PutRequest request,
                                            boost::asio::yield_context yield);
    [[nodiscard]] Result<> remove(const std::string &function) override;
    [[nodiscard]] std::vector<FunctionState> functions() const override;
    [[nodiscard]] std::uint64_t revision() const override { return m_revision; }

    [[nodiscard]] Result<Invocation> fire(const std::string &function, int trigger,
                                          Cancellation *cancellation,
                                          boost::asio::yield_context yield);
    [[nodiscard]] Result<PutResult> rollback(const std::string &function, const std::string &bundle,
                                             boost::asio::yield_context yield);
    [[nodiscard]] Result<> arm(const std::string &function, bool armed);
    /// Both end with the lease of who asked last.
    [[nodiscard]] Result<> freeze(const std::string &function, bool frozen, std::uint64_t lease);
    [[nodiscard]] Result<> debug(const DebugRequest &request, std::uint64_t lease,
                                 boost::asio::yield_context yield);

    [[nodiscard]] Result<Profile> profile(const std::string &function,
                                          std::chrono::milliseconds duration,
                                          Cancellation *cancellation,
                                          boost::asio::yield_context yield);

    /// Of a function that is there and has a version.
    [[nodiscard]] std::optional<FunctionSpec> specOf(const std::string &function) const;
    /// Where workers that start from now on reach the gateway.
    void setGateway(const std::string &address) { m_parts.gateway = address; }
    /// What fire() would give to the function: JSON text.
    [[nodiscard]] Result<std::string> sample(const std::string &function, int trigger) const;
    /// See Invoker. \c onSubmit does it.
    [[nodiscard]] Result<std::string> submit(const InvokeRequest &request) override;
    std::function<Result<std::string>(const InvokeRequest &)> onSubmit;

    /// What belonged to this connection alone goes.
    void endLease(std::uint64_t lease);
    /// Functions that stay when every client has gone.
    [[nodiscard]] bool hasKept() const;
    [[nodiscard]] bool isBusy() const;
    /// Triggers rest; what runs may finish.
    void beginShutdown();
    void endAll();

private:
    struct Hosted {
        std::shared_ptr<HostedFunction> function;
        std::uint64_t debugger = 0; ///< The lease of who freezes or debugs it.
        std::set<std::uint64_t> leases;
        bool kept = false;
        std::filesystem::path source; ///< Linked: the folder or file it is read from.
        FunctionSpec spec;            ///< Linked: what its manifests begin with.
        std::unique_ptr<FolderWatch> watch;
        bool scanning = false, scanAgain = false;
        std::string saved; ///< What functions.json says of it; empty: to be made anew.
    };

    [[nodiscard]] HostedFunction *find(const std::string &function) const;
    Hosted &hosted(const std::string &name);
    Result<PutResult> putAndSwitch(PutRequest &request, boost::asio::yield_context yield);
    Result<PutResult> keepPut(const PutRequest &request, Result<PutResult> result,
                              std::uint64_t lease, boost::asio::yield_context yield);
    Result<PutResult> putLinked(PutRequest &request, boost::asio::yield_context yield);
    Result<PutResult> putBundle(PutRequest &request, boost::asio::yield_context yield);
    void watch(const std::string &name);
    void rescan(const std::string &name);
    void drop(const std::string &name);
    /// After a change of \a name alone, which may have gone: at once, or with others that come soon
    /// after one another.
    /// \a isAwaited: somebody will call waitSaved().
    void save(const std::string &name, bool isAwaited = true);
    void saveAt(std::chrono::steady_clock::time_point due);
    void saveAll(); ///< Begins to write what save() has put off.
    void saveNow(); ///< It is written when this returns.
    void onWritten(std::uint64_t changes, const std::string &text, const Result<> &result);
    void cleanSoon();
    /// Until the changes so far are written: an error where they could not be.
    Result<> waitSaved(const boost::asio::yield_context &yield);
    [[nodiscard]] std::string stateText(); ///< functions.json as it should be.
    [[nodiscard]] static std::string savedText(const std::string &name, const Hosted &entry);
    void clean();
    void restoreAll();
    bool restoreOne(const std::string &name, const nlohmann::json &item);

    HostParts m_parts;
    HostObserver &m_observer;
    BlobStore m_blobs;
    std::map<std::string, Hosted> m_functions;
    std::string m_saved; ///< functions.json as it is.
    Result<> m_lastWrite;
    std::uint64_t m_changes = 0, m_written = 0; ///< Changes so far, and how many of them it has.
    std::chrono::steady_clock::time_point m_lastSave;
    bool m_isWriting = false;
    boost::asio::steady_timer m_saveTimer, m_cleanTimer;
    Wake m_savedWake, m_switchedWake;
    /// Puts that have not been switched in yet: connection and function.
    std::multiset<std::pair<std::uint64_t, std::string>> m_switching;
    std::vector<std::string> m_wanted;    ///< What clean() left the last time.
    std::multiset<std::string> m_pending; ///< Bundles of puts under way.
    std::uint64_t m_revision = 1;
    bool m_stopping = false;
    bool m_restoring = false;
    DiskThread m_disk;
};

} // namespace runtime
