// The part of FunctionHost that remembers over restarts.
#include "runtime-bridge/base/file.h"
#include "runtime-bridge/daemon/descriptor.h"
#include "runtime-bridge/daemon/functionhost.h"
#include "runtime-bridge/daemon/log.h"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace runtime {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {
constexpr int formatVersion = 1;
constexpr const char *fileName = "functions.json";
/// Changes that come within this time of the last write are written together: each write waits for
/// the disk.
constexpr auto gatherTime = std::chrono::milliseconds(10);
/// What nobody uses any more is looked for when nobody waits.
constexpr auto cleanDelay = std::chrono::milliseconds(100);

Result<> writeState(const fs::path &folder, const std::string &text)
{
    Result<> written = writeFile(folder / fileName, text, 0600);
    // What was renamed may have its old name again after a power cut until the folder is synced: a
    // push that was answered stays.
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ::fsync(opened.get());
    return written;
}
} // namespace

void FunctionHost::save(const std::string &name, bool isAwaited)
{
    if (m_restoring || m_stopping)
        return;
    if (const auto changed = m_functions.find(name); changed != m_functions.end())
        changed->second.saved.clear();
    if (m_changes == m_written && stateText() == m_saved) {
        m_lastWrite = {};
        return;
    }
    const bool isPending = m_changes++ != m_written;
    if (m_isWriting) // onWritten() goes on with it
        return;
    const auto now = std::chrono::steady_clock::now();
    const auto due = (isAwaited ? m_lastSave : now) + gatherTime;
    if (!isPending || m_saveTimer.expiry() > due)
        saveAt(due);
}

void FunctionHost::saveAt(std::chrono::steady_clock::time_point due)
{
    if (due <= std::chrono::steady_clock::now())
        return saveAll();
    m_saveTimer.expires_at(due);
    m_saveTimer.async_wait([this](const boost::system::error_code &error) {
        if (!error)
            saveAll();
    });
}

Result<> FunctionHost::waitSaved(const boost::asio::yield_context &yield)
{
    const std::uint64_t mine = m_changes;
    while (m_written < mine)
        m_savedWake.wait(yield);
    return m_lastWrite;
}

void FunctionHost::saveAll()
{
    if (m_isWriting || m_written == m_changes)
        return;
    m_saveTimer.cancel();
    const std::string text = stateText();
    if (text == m_saved)
        return onWritten(m_changes, text, {});
    m_isWriting = true;
    const auto result = std::make_shared<Result<>>();
    const auto write = [result, text, folder = m_parts.folder] {
        *result = writeState(folder, text);
    };
    m_disk.post(write, [this, result, text, changes = m_changes] {
        m_isWriting = false;
        onWritten(changes, text, *result);
        if (m_written != m_changes)
            saveAt(m_lastSave + gatherTime);
    });
}

void FunctionHost::saveNow()
{
    m_disk.finish();
    if (m_written == m_changes)
        return;
    m_saveTimer.cancel();
    const std::string text = stateText();
    onWritten(m_changes, text, writeState(m_parts.folder, text));
}

void FunctionHost::onWritten(std::uint64_t changes, const std::string &text, const Result<> &result)
{
    if (changes <= m_written) // saveNow() came before
        return;
    m_written = changes;
    m_lastWrite = result;
    m_lastSave = std::chrono::steady_clock::now();
    if (result)
        m_saved = text;
    else
        logLine("functions.json: " + result.error().detail);
    m_savedWake.notify();
}

std::string FunctionHost::stateText()
{
    std::string text = "{\"version\":" + std::to_string(formatVersion) + ",\"functions\":[";
    const char *separator = "\n";
    for (auto &[each, entry] : m_functions) {
        if (!entry.kept || entry.function->kept().empty())
            continue;
        if (entry.saved.empty())
            entry.saved = savedText(each, entry);
        text.append(separator).append(entry.saved);
        separator = ",\n";
    }
    text += "\n]}\n";
    return text;
}

std::string FunctionHost::savedText(const std::string &name, const Hosted &entry)
{
    json versions = json::array();
    for (const KeptVersion &kept : entry.function->kept())
        versions.push_back({{"bundle", kept.bundle}, {"version", kept.version}});
    json item{{"name", name},
              {"armed", entry.function->isArmed()},
              {"last_version", entry.function->lastVersion()},
              {"versions", std::move(versions)}};
    if (entry.function->isLinked()) {
        item["root"] = entry.source.string();
        item["spec"] = toJson(entry.spec);
    }
    return item.dump();
}

void FunctionHost::restore()
{
    restoreAll();
    // What a put had not finished when the power was cut.
    m_wanted.assign(1, {});
    clean();
    m_blobs.mendAfterStart();
}

void FunctionHost::restoreAll()
{
    const Result<std::string> text = readFile(m_parts.folder / fileName);
    if (!text)
        return;
    const json state = json::parse(*text, nullptr, false);
    if (!state.is_object() || state.value("version", 0) != formatVersion) {
        logLine("functions.json is of another format and is not used");
        return;
    }
    m_restoring = true;
    for (const json &item : state.value("functions", json::array())) {
        const std::string name = item.value("name", "");
        try {
            if (!restoreOne(name, item))
                logLine("\"" + name + "\" cannot be served again: its files are gone");
        } catch (const json::exception &error) {
            logLine("functions.json: " + name + ": " + error.what());
        }
    }
    m_restoring = false;
}

bool FunctionHost::restoreOne(const std::string &name, const json &item)
{
    std::vector<KeptVersion> kept;
    const fs::path source = item.value("root", "");
    FunctionSpec spec;
    if (!source.empty()) {
        const Result<FunctionSpec> read = functionSpecFromJson(item.at("spec"));
        const Result<Manifest> manifest =
            read ? scanBundle(*read, source) : tl::unexpected<Error>(read.error());
        if (!manifest)
            return false;
        spec = *read;
        kept.push_back({bundleDigest(*manifest), item.value("last_version", std::uint64_t(1)),
                        bundleRoot(source), spec});
    }
    for (const json &version : item.at("versions")) {
        const auto bundle = version.at("bundle").get<std::string>();
        if (!source.empty())
            break;
        if (const auto made = m_blobs.find(bundle))
            kept.push_back({bundle, version.at("version").get<std::uint64_t>(), made->root,
                            made->manifest.spec});
    }
    if (kept.empty() || !isFunctionName(name))
        return false;
    Hosted &entry = hosted(name);
    entry.kept = true;
    entry.spec = spec;
    entry.source = source;
    if (!source.empty())
        watch(name);
    entry.function->restore(std::move(kept), item.value("last_version", std::uint64_t(1)),
                            !source.empty(), item.value("armed", false));
    return true;
}

void FunctionHost::cleanSoon()
{
    m_cleanTimer.expires_after(cleanDelay);
    m_cleanTimer.async_wait([this](const boost::system::error_code &error) {
        if (!error)
            clean();
    });
}

void FunctionHost::clean()
{
    std::vector<std::string> wanted(m_pending.begin(), m_pending.end());
    for (const auto &[name, entry] : m_functions)
        if (!entry.function->isLinked())
            for (const KeptVersion &kept : entry.function->kept())
                wanted.push_back(kept.bundle);
    if (wanted == m_wanted)
        return;
    m_wanted = wanted;
    m_blobs.keepOnly(wanted);
}

} // namespace runtime
