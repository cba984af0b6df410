#include "runtime-bridge/daemon/functionhost.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/triggers/triggerevent.h"
#include "runtime-bridge/protocol/boundedjson.h"
#include "runtime-bridge/protocol/frame.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace runtime {

namespace fs = std::filesystem;
namespace asio = boost::asio;
using nlohmann::json;

namespace {

tl::unexpected<Error> unknown(const std::string &function)
{
    return failure(ErrorCode::FunctionUnknown, function);
}

Result<> checkEvent(const InvokeRequest &request)
{
    if (request.event.size() > maxPayload)
        return failure(ErrorCode::EventInvalid, request.function,
                       "the event has " + std::to_string(request.event.size() >> 20) +
                           " MB, and 12 MB is the most");
    if (!isJson(request.event))
        return failure(ErrorCode::EventInvalid, request.function, "the event is not JSON");
    return {};
}

/// Where a linked function is read from: the whole folder, or one file that lies among others.
fs::path sourceOf(const PutRequest &request)
{
    const fs::path root = request.root;
    if (request.manifest.files.size() != 1)
        return root;
    std::error_code error;
    const fs::path only = root / request.manifest.files.front().path;
    if (only.parent_path() != root || !fs::is_regular_file(only, error))
        return root;
    for (const fs::directory_entry &entry : fs::directory_iterator(root, error)) {
        const std::string name = entry.path().filename().string();
        const bool leftOut = name.starts_with('.') || name == "__pycache__" ||
                             name == "edgewright.yaml" || name.ends_with(".pyc");
        if (!leftOut && entry.path() != only)
            return only;
    }
    return root;
}

} // namespace

FunctionHost::FunctionHost(HostParts parts, HostObserver &observer)
    : m_parts(std::move(parts))
    , m_observer(observer)
    , m_blobs(m_parts.folder)
    , m_saveTimer(m_parts.io)
    , m_cleanTimer(m_parts.io)
    , m_savedWake(m_parts.io)
    , m_switchedWake(m_parts.io)
    , m_disk(m_parts.io)
{
}

FunctionHost::~FunctionHost() = default;

HostedFunction *FunctionHost::find(const std::string &function) const
{
    const auto it = m_functions.find(function);
    return it == m_functions.end() ? nullptr : it->second.function.get();
}

FunctionHost::Hosted &FunctionHost::hosted(const std::string &name)
{
    Hosted &hosted = m_functions[name];
    if (!hosted.function) {
        hosted.function = std::make_shared<HostedFunction>(m_parts, m_observer, name);
        hosted.function->onKeptChange = [this, name] {
            ++m_revision;
            save(name, false);
        };
        ++m_revision;
    }
    return hosted;
}

Result<Invocation> FunctionHost::invoke(const InvokeRequest &request, asio::yield_context yield)
{
    return invokeFor({}, request, yield);
}

Result<Invocation> FunctionHost::invoke(const InvokeRequest &request, Cancellation *cancellation,
                                        asio::yield_context yield)
{
    if (const Result<> fit = checkEvent(request); !fit)
        return tl::unexpected(fit.error());
    return invokeFor({.cancellation = cancellation}, request, yield);
}

Result<Invocation> FunctionHost::invokeFrom(std::uint64_t connection, const InvokeRequest &request,
                                            Cancellation *cancellation, asio::yield_context yield)
{
    while (m_switching.contains({connection, request.function}))
        m_switchedWake.wait(yield);
    return invoke(request, cancellation, yield);
}

Result<Invocation> FunctionHost::invokeFor(const Caller &caller, const InvokeRequest &request,
                                           asio::yield_context yield)
{
    const auto it = m_functions.find(request.function);
    if (it == m_functions.end())
        return unknown(request.function);
    // Held: the function may be removed meanwhile.
    const std::shared_ptr<HostedFunction> function = it->second.function;
    return function->invoke(request, caller, yield);
}

Result<PutResult> FunctionHost::put(PutRequest request, std::uint64_t lease,
                                    asio::yield_context yield)
{
    Result<PutResult> result = putAndSwitch(request, yield);
    return keepPut(request, std::move(result), lease, yield);
}

Result<PutResult> FunctionHost::putFrom(std::uint64_t connection, PutRequest request,
                                        asio::yield_context yield)
{
    const std::uint64_t lease = request.lease ? connection : 0;
    const auto switching = m_switching.insert({connection, request.manifest.spec.name});
    Result<PutResult> result = putAndSwitch(request, yield);
    m_switching.erase(switching);
    m_switchedWake.notify();
    return keepPut(request, std::move(result), lease, yield);
}

Result<PutResult> FunctionHost::putAndSwitch(PutRequest &request, asio::yield_context yield)
{
    if (m_stopping)
        return failure(ErrorCode::RuntimeBusy, "runtime", "it is shutting down");
    return request.root.empty() ? putBundle(request, yield) : putLinked(request, yield);
}

/// After a put: it stays over restarts, or the function goes when it never served.
Result<PutResult> FunctionHost::keepPut(const PutRequest &request, Result<PutResult> result,
                                        std::uint64_t lease, asio::yield_context yield)
{
    const std::string name = request.manifest.spec.name;
    const bool linked = !request.root.empty();
    const auto it = m_functions.find(name);
    if (it == m_functions.end() || (result && !result->missing.empty()))
        return result;
    if (!result && !linked) {
        if (!it->second.function->hasVersion())
            drop(name); // it never served
        return result;
    }
    // A linked function that does not load stays: its next change may mend it.
    if (lease == 0)
        it->second.kept = true;
    else
        it->second.leases.insert(lease);
    it->second.function->setArmed(request.armed);
    save(name);
    const Result<> saved = waitSaved(yield);
    cleanSoon();
    if (result && !saved && lease == 0) // it serves, and would be forgotten by a restart
        return tl::unexpected(saved.error());
    return result;
}

Result<PutResult> FunctionHost::putLinked(PutRequest &request, asio::yield_context yield)
{
    const std::string name = request.manifest.spec.name;
    const fs::path source = sourceOf(request);
    if (!source.is_absolute())
        return failure(ErrorCode::RequestInvalid, name, "root is not a whole path");
    Result<Manifest> manifest = scanBundle(request.manifest.spec, source);
    if (!manifest)
        return tl::unexpected(manifest.error());
    Hosted &entry = hosted(name);
    entry.spec = request.manifest.spec;
    if (!entry.watch || entry.source != source) {
        entry.source = source;
        watch(name);
    }
    const std::shared_ptr<HostedFunction> function = entry.function;
    return function->activate({bundleDigest(*manifest), 0, bundleRoot(source), manifest->spec},
                              true, yield);
}

Result<PutResult> FunctionHost::putBundle(PutRequest &request, asio::yield_context yield)
{
    if (!request.base.empty()) {
        const std::optional<BlobStore::Made> base = m_blobs.find(request.base);
        if (!base)
            return PutResult{{}, 0, {request.base}, false, 0, 0};
        request.manifest = applied({request.manifest, request.removed}, base->manifest);
    }
    const std::string bundle = bundleDigest(request.manifest);
    if (const Result<> added = m_blobs.add(request.blobs); !added)
        return tl::unexpected(added.error());
    if (!m_blobs.find(bundle))
        if (std::vector<std::string> missing = m_blobs.missing(request.manifest); !missing.empty())
            return PutResult{bundle, 0, std::move(missing), false, 0, 0};
    const Result<fs::path> root = m_blobs.materialise(request.manifest, bundle);
    if (!root)
        return tl::unexpected(root.error());
    Hosted &entry = hosted(request.manifest.spec.name);
    const std::shared_ptr<HostedFunction> function = entry.function;
    // While a worker loads them, the disk takes the files. functions.json names the bundle only
    // after that: it is written by the same thread.
    m_disk.post([folder = m_parts.folder] { BlobStore::sync(folder); });
    const auto pending = m_pending.insert(bundle); // another put's cleaning must not take it
    Result<PutResult> result =
        function->activate({bundle, 0, *root, request.manifest.spec}, false, yield);
    m_pending.erase(pending);
    if (result)
        if (const auto it = m_functions.find(request.manifest.spec.name); it != m_functions.end()) {
            it->second.watch.reset();
            it->second.source.clear();
        }
    return result;
}

void FunctionHost::watch(const std::string &name)
{
    Hosted &entry = m_functions.at(name);
    std::error_code error;
    const bool single = fs::is_regular_file(entry.source, error);
    entry.watch = std::make_unique<FolderWatch>(
        m_parts.io, bundleRoot(entry.source),
        single ? entry.source.filename().string() : std::string(), [this, name] { rescan(name); });
}

void FunctionHost::rescan(const std::string &name)
{
    const auto it = m_functions.find(name);
    if (it == m_functions.end() || m_stopping)
        return;
    if (it->second.scanning) {
        it->second.scanAgain = true;
        return;
    }
    it->second.scanning = true;
    startCoroutine(m_parts.io, [this, name](asio::yield_context yield) {
        for (bool again = true; again;) {
            const auto found = m_functions.find(name);
            if (found == m_functions.end())
                return;
            found->second.scanAgain = false;
            const std::shared_ptr<HostedFunction> function = found->second.function;
            const fs::path source = found->second.source;
            Result<Manifest> manifest = scanBundle(found->second.spec, source);
            if (manifest)
                (void)function->activate(
                    {bundleDigest(*manifest), 0, bundleRoot(source), manifest->spec}, true, yield);
            else
                function->setFault(manifest.error());
            const auto after = m_functions.find(name);
            if (after == m_functions.end() || after->second.function != function)
                return;
            again = after->second.scanAgain;
            after->second.scanning = again;
        }
    });
}

Result<> FunctionHost::remove(const std::string &function)
{
    if (!find(function))
        return unknown(function);
    drop(function);
    save(function);
    saveNow();
    cleanSoon();
    return {};
}

void FunctionHost::drop(const std::string &name)
{
    const auto it = m_functions.find(name);
    const std::shared_ptr<HostedFunction> function = it->second.function;
    m_functions.erase(it);
    ++m_revision;
    function->end();
    m_observer.functionRemoved(name);
}

std::vector<FunctionState> FunctionHost::functions() const
{
    std::vector<FunctionState> states;
    for (const auto &[name, entry] : m_functions) {
        FunctionState state = entry.function->state();
        if (!entry.function->hasVersion())
            state.spec = entry.spec;
        states.push_back(std::move(state));
    }
    return states;
}

std::optional<FunctionSpec> FunctionHost::specOf(const std::string &function) const
{
    const HostedFunction *hostedFunction = find(function);
    if (!hostedFunction || !hostedFunction->hasVersion())
        return std::nullopt;
    return hostedFunction->state().spec;
}

Result<std::string> FunctionHost::sample(const std::string &function, int trigger) const
{
    const HostedFunction *hostedFunction = find(function);
    if (!hostedFunction)
        return unknown(function);
    const FunctionSpec spec = hostedFunction->state().spec;
    if (trigger < 0 || std::size_t(trigger) >= spec.triggers.size())
        return failure(ErrorCode::RequestInvalid, function,
                       "no trigger " + std::to_string(trigger));
    return triggerEvent(spec.triggers[std::size_t(trigger)], spec.dialect, function);
}

Result<Invocation> FunctionHost::fire(const std::string &function, int trigger,
                                      Cancellation *cancellation, asio::yield_context yield)
{
    const Result<std::string> event = sample(function, trigger);
    if (!event)
        return tl::unexpected(event.error());
    const FunctionSpec spec = find(function)->state().spec;
    return invokeFor({.cancellation = cancellation},
                     {function, *event, kindOf(spec.triggers[std::size_t(trigger)]), {}}, yield);
}

Result<std::string> FunctionHost::submit(const InvokeRequest &request)
{
    if (!find(request.function))
        return unknown(request.function);
    if (const Result<> fit = checkEvent(request); !fit)
        return tl::unexpected(fit.error());
    if (m_stopping)
        return failure(ErrorCode::RuntimeBusy, "runtime", "it is shutting down");
    return onSubmit(request);
}

Result<PutResult> FunctionHost::rollback(const std::string &function, const std::string &bundle,
                                         asio::yield_context yield)
{
    HostedFunction *hostedFunction = find(function);
    if (!hostedFunction)
        return unknown(function);
    const std::vector<KeptVersion> &kept = hostedFunction->kept();
    const auto wanted =
        bundle.empty()
            ? (kept.size() > 1 ? kept.end() - 2 : kept.end())
            : std::ranges::find_if(kept, [&](const KeptVersion &v) { return v.bundle == bundle; });
    if (wanted == kept.end())
        return failure(ErrorCode::RequestInvalid, function, "no such version is kept");
    const std::shared_ptr<HostedFunction> held = m_functions.at(function).function;
    Result<PutResult> result = held->activate(*wanted, false, yield);
    save(function);
    if (const Result<> saved = waitSaved(yield); result && !saved)
        return tl::unexpected(saved.error());
    return result;
}

Result<> FunctionHost::arm(const std::string &function, bool armed)
{
    HostedFunction *hostedFunction = find(function);
    if (!hostedFunction)
        return unknown(function);
    hostedFunction->setArmed(armed);
    return {};
}

Result<> FunctionHost::freeze(const std::string &function, bool frozen, std::uint64_t lease)
{
    const auto it = m_functions.find(function);
    if (it == m_functions.end())
        return unknown(function);
    it->second.debugger = lease;
    it->second.function->setFrozen(frozen);
    return {};
}

Result<> FunctionHost::debug(const DebugRequest &request, std::uint64_t lease,
                             asio::yield_context yield)
{
    const auto it = m_functions.find(request.function);
    if (it == m_functions.end())
        return unknown(request.function);
    it->second.debugger = lease;
    const std::shared_ptr<HostedFunction> held = it->second.function;
    return held->debug(request, yield);
}

Result<Profile> FunctionHost::profile(const std::string &function,
                                      std::chrono::milliseconds duration,
                                      Cancellation *cancellation, asio::yield_context yield)
{
    const auto it = m_functions.find(function);
    if (it == m_functions.end())
        return unknown(function);
    const std::shared_ptr<HostedFunction> held = it->second.function;
    return held->profile(duration, cancellation, yield);
}

void FunctionHost::endLease(std::uint64_t lease)
{
    std::vector<std::string> gone;
    for (auto &[name, entry] : m_functions) {
        if (entry.debugger == lease) { // it may have gone without a word
            entry.function->setFrozen(false);
            entry.function->endDebugging();
        }
        if (entry.leases.erase(lease) && entry.leases.empty() && !entry.kept)
            gone.push_back(name);
    }
    for (const std::string &name : gone)
        drop(name);
    if (!gone.empty())
        cleanSoon();
}

bool FunctionHost::hasKept() const
{
    return std::ranges::any_of(m_functions, [](const auto &item) { return item.second.kept; });
}

bool FunctionHost::isBusy() const
{
    return std::ranges::any_of(m_functions,
                               [](const auto &item) { return item.second.function->isBusy(); });
}

void FunctionHost::beginShutdown()
{
    saveNow();
    m_stopping = true;
    for (auto &[name, entry] : m_functions) {
        entry.watch.reset();
        entry.function->rest();
    }
}

void FunctionHost::endAll()
{
    saveNow();
    m_stopping = true;
    for (auto &[name, entry] : m_functions)
        entry.function->end();
}

} // namespace runtime
