#include "app/ide/devicefolder.h"

#include "app/ide/devicehub.h"
#include "device-manager/core/devicelink.h"

namespace app {

using device::DeviceFiles;
using device::RemoteFolder;
using device::TransferReport;
using runtime::ErrorCode;
using runtime::Result;

DeviceFolder::DeviceFolder(DeviceHub *hub, QString device, QObject *parent)
    : QObject(parent), m_hub(hub), m_device(std::move(device))
{
    connect(m_hub, &DeviceHub::changed, this, &DeviceFolder::follow);
}

DeviceFolder::~DeviceFolder()
{
    m_stop.request_stop();
}

DeviceFiles *DeviceFolder::files(std::unique_ptr<DeviceFiles> &which)
{
    const device::DeviceLink *link = m_hub->link(m_device);
    if (!link)
        return nullptr;
    if (m_made != link->device()) { // its address changed
        m_browse.reset();
        m_transfer.reset();
        m_made = link->device();
    }
    if (!which) {
        DeviceFiles::Options options;
        options.ask = link->ask();
        which = std::make_unique<DeviceFiles>(link->device(), std::move(options));
        connect(which.get(), &DeviceFiles::progressed, this,
                [this](const device::TransferProgress &progress) {
                    if (m_transfers == 0)
                        return;
                    m_progress = progress;
                    Q_EMIT transferChanged();
                });
    }
    return which.get();
}

void DeviceFolder::setSeen(bool seen)
{
    m_seen = seen;
    follow();
}

void DeviceFolder::connectDevice()
{
    m_hub->connectDevice(m_device);
}

void DeviceFolder::follow()
{
    if (!m_hub->isOnline(m_device)) {
        ++m_question;
        for (const auto &each : {m_browse.get(), m_transfer.get()})
            if (each)
                each->lose();
        setState(State::Away);
        return;
    }
    if (m_state == State::Away && m_seen)
        refresh();
}

void DeviceFolder::setState(State state)
{
    const State before = std::exchange(m_state, state);
    if (before != state || state == State::Shown)
        Q_EMIT changed();
}

void DeviceFolder::go(const QByteArray &path)
{
    DeviceFiles *browse = m_hub->isOnline(m_device) ? files(m_browse) : nullptr;
    if (!browse)
        return;
    setState(State::Reading);
    browse->list(path).then(this,
                            [this, question = ++m_question](const Result<RemoteFolder> &folder) {
                                onListed(folder, question);
                            });
}

void DeviceFolder::onListed(const Result<RemoteFolder> &folder, std::uint64_t question)
{
    if (question != m_question)
        return;
    if (folder) {
        m_folder = *folder;
        setState(State::Shown);
    } else if (m_folder.path.isEmpty()) {
        m_error = folder.error();
        setState(State::Failed);
    } else { // where it was is still shown
        setState(State::Shown);
        Q_EMIT failed(folder.error());
    }
}

void DeviceFolder::goUp()
{
    go(device::parentPath(m_folder.path));
}

void DeviceFolder::goHome()
{
    go(".");
}

void DeviceFolder::refresh()
{
    go(m_folder.path.isEmpty() ? QByteArray(".") : m_folder.path);
}

void DeviceFolder::onDone(const Result<> &done)
{
    if (!done)
        Q_EMIT failed(done.error());
    refresh();
}

std::vector<QByteArray> DeviceFolder::paths(const std::vector<QByteArray> &names) const
{
    std::vector<QByteArray> all;
    for (const QByteArray &name : names)
        all.push_back(device::childPath(m_folder.path, name));
    return all;
}

void DeviceFolder::makeFolder(const QByteArray &name)
{
    if (DeviceFiles *browse = files(m_browse))
        browse->makeFolder(device::childPath(m_folder.path, name))
            .then(this, [this](const Result<> &done) { onDone(done); });
}

void DeviceFolder::rename(const QByteArray &name, const QByteArray &to)
{
    if (DeviceFiles *browse = files(m_browse))
        browse->rename(device::childPath(m_folder.path, name), device::childPath(m_folder.path, to))
            .then(this, [this](const Result<> &done) { onDone(done); });
}

void DeviceFolder::remove(const std::vector<QByteArray> &names)
{
    if (DeviceFiles *browse = files(m_browse))
        browse->remove(paths(names), m_stop.get_token()).then(this, [this](const Result<> &done) {
            onDone(done);
        });
}

void DeviceFolder::begin(bool isUpload)
{
    m_isUpload = isUpload;
    ++m_transfers;
    if (!m_progress)
        m_progress.emplace();
    Q_EMIT transferChanged();
}

void DeviceFolder::upload(const QStringList &paths)
{
    DeviceFiles *transfer = files(m_transfer);
    if (!transfer || m_folder.path.isEmpty())
        return;
    begin(true);
    transfer->upload(paths, m_folder.path, m_stop.get_token())
        .then(this, [this, where = device::shownName(m_folder.path)](
                        const Result<TransferReport> &report) { onTransferred(report, where); });
}

void DeviceFolder::download(const std::vector<QByteArray> &names, const QString &folder)
{
    DeviceFiles *transfer = files(m_transfer);
    if (!transfer)
        return;
    begin(false);
    transfer->download(paths(names), folder, m_stop.get_token())
        .then(this, [this, folder](const Result<TransferReport> &report) {
            onTransferred(report, folder);
        });
}

void DeviceFolder::onTransferred(const Result<TransferReport> &report, const QString &where)
{
    if (--m_transfers == 0)
        m_progress.reset();
    Q_EMIT transferChanged();
    if (!report)
        Q_EMIT failed(report.error());
    else
        Q_EMIT transferred(
            (report->files == 1
                 ? tr("1 file copied to %1").arg(where)
                 : tr("%1 files copied to %2").arg(QString::number(report->files), where)) +
            (report->skipped.isEmpty() ? QString()
                                       : tr("; links to folders and special files were left out")));
    if (m_hub->isOnline(m_device) && m_state == State::Shown)
        refresh();
}

void DeviceFolder::stopTransfers()
{
    std::exchange(m_stop, {}).request_stop();
}

} // namespace app
