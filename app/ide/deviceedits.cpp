#include "app/ide/deviceedits.h"

#include "app/errors/usermessage.h"
#include "app/ide/devicehub.h"
#include "device-manager/core/devicelink.h"
#include "editor/ui/codeeditor.h"
#include "editor/ui/editortabs.h"
#include "runtime-bridge/base/file.h"

#include <QCryptographicHash>
#include <QDir>
#include <QDirIterator>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace app {

using device::DeviceFiles;
using device::RemoteText;
using device::SaveEnd;
using device::shownName;
using runtime::ErrorCode;
using runtime::Result;

namespace {

constexpr int originVersion = 1;
const QString originSuffix = QStringLiteral(".origin");

QByteArray bytesOf(const QString &file)
{
    QFile opened(file);
    return opened.open(QIODevice::ReadOnly) ? opened.readAll() : QByteArray();
}

QString words(const runtime::Error &error)
{
    const UserMessage message = describe(error);
    return message.title + QStringLiteral(". ") + message.text;
}

} // namespace

DeviceEdits::DeviceEdits(DeviceHub *hub, editor::EditorTabs *tabs, QString folder, QObject *parent)
    : QObject(parent), m_hub(hub), m_tabs(tabs), m_folder(std::move(folder))
{
    using editor::EditorTabs;
    connect(m_tabs, &EditorTabs::fileOpened, this, &DeviceEdits::attach);
    connect(m_tabs, &EditorTabs::fileSaved, this, &DeviceEdits::onSaved);
    connect(m_tabs, &EditorTabs::fileClosed, this, &DeviceEdits::onClosed);
    connect(m_hub, &DeviceHub::changed, this, &DeviceEdits::follow);
}

DeviceEdits::~DeviceEdits() = default;

DeviceFiles *DeviceEdits::filesOf(const QString &device)
{
    const device::DeviceLink *link = m_hub->link(device);
    if (!link)
        return nullptr;
    Connection &connection = m_connections[device];
    if (!connection.files || connection.device != link->device()) {
        DeviceFiles::Options options;
        options.ask = link->ask();
        connection = {link->device(),
                      std::make_unique<DeviceFiles>(link->device(), std::move(options))};
    }
    return connection.files.get();
}

/// One place for each file, so that it is found again. Its folder is named by a digest: the path
/// may be no text.
QString DeviceEdits::copyOf(const QString &device, const QByteArray &path) const
{
    const QByteArray digest =
        QCryptographicHash::hash(path, QCryptographicHash::Sha256).toHex().left(16);
    return m_folder + QLatin1Char('/') + device + QLatin1Char('/') + QLatin1String(digest) +
           QLatin1Char('/') + shownName(device::namePart(path));
}

void DeviceEdits::writeOrigin(const QString &copy)
{
    const Edit &edit = m_edits[copy];
    const QJsonObject json{{QStringLiteral("version"), originVersion},
                           {QStringLiteral("device"), edit.device},
                           {QStringLiteral("path"), QLatin1String(edit.path.toBase64())},
                           {QStringLiteral("digest"), QLatin1String(edit.digest.toBase64())},
                           {QStringLiteral("unsent"), edit.isUnsent}};
    const Result<> written =
        runtime::writeFile((QFileInfo(copy).path() + originSuffix).toStdString(),
                           QJsonDocument(json).toJson().toStdString(), 0600);
    if (!written)
        Q_EMIT failed(written.error());
}

std::optional<DeviceEdits::Edit> DeviceEdits::readOrigin(const QString &copy) const
{
    if (!copy.startsWith(m_folder + QLatin1Char('/')))
        return std::nullopt;
    const QJsonObject json =
        QJsonDocument::fromJson(bytesOf(QFileInfo(copy).path() + originSuffix)).object();
    if (json[QLatin1String("version")].toInt() != originVersion)
        return std::nullopt;
    Edit edit;
    edit.device = json[QLatin1String("device")].toString();
    edit.path = QByteArray::fromBase64(json[QLatin1String("path")].toString().toLatin1());
    edit.digest = QByteArray::fromBase64(json[QLatin1String("digest")].toString().toLatin1());
    edit.isUnsent = json[QLatin1String("unsent")].toBool();
    return edit;
}

void DeviceEdits::open(const QString &device, const QByteArray &path)
{
    DeviceFiles *files = filesOf(device);
    if (!files)
        return;
    files->open(path).then(this, [this, device](const Result<RemoteText> &text) {
        if (text)
            show(device, *text);
        else
            Q_EMIT failed(text.error());
    });
}

void DeviceEdits::show(const QString &device, const RemoteText &text)
{
    const QString copy = copyOf(device, text.path);
    const auto known = m_edits.find(copy);
    const std::optional<Edit> kept = readOrigin(copy);
    const bool isOpen = known != m_edits.end() && !known->second.isClosed;
    const bool isUnsaved = isOpen && m_tabs->modifiedPaths().contains(copy);
    const bool keepsOurs = isUnsaved || (kept && kept->isUnsent && QFile::exists(copy));
    if (!keepsOurs) {
        QDir().mkpath(QFileInfo(copy).path());
        // An open tab follows its file by itself.
        if (const Result<> written =
                runtime::writeFile(copy.toStdString(), text.contents.toStdString(), 0600);
            !written) {
            Q_EMIT failed(written.error());
            return;
        }
        m_edits[copy] = {device, text.path, text.digest};
        writeOrigin(copy);
    }
    if (!m_tabs->open(copy))
        return;
    Q_EMIT opened();
    if (keepsOurs && !m_edits[copy].isSending && m_edits[copy].digest != text.digest)
        onSent(copy, {}, SaveEnd::ChangedThere);
}

/// Also for what comes back by itself: a text that a crash left, or that was not sent.
void DeviceEdits::attach(const QString &copy)
{
    const std::optional<Edit> origin = readOrigin(copy);
    if (!origin)
        return;
    Edit &edit = m_edits[copy];
    const bool isSending = edit.isSending;
    edit = *origin;
    edit.isSending = isSending;
    m_tabs->setOrigin(copy, edit.device, edit.device + QLatin1Char(':') + shownName(edit.path));
    m_tabs->setPending(copy, edit.isUnsent);
    if (edit.isUnsent && !edit.isSending)
        send(copy);
}

void DeviceEdits::onSaved(const QString &copy)
{
    const auto found = m_edits.find(copy);
    if (found == m_edits.end())
        return;
    found->second.isUnsent = true;
    m_tabs->setPending(copy, true);
    writeOrigin(copy);
    send(copy);
}

void DeviceEdits::send(const QString &copy)
{
    Edit &edit = m_edits[copy];
    if (edit.isSending) {
        edit.isAgain = true;
        return;
    }
    DeviceFiles *files = m_hub->isOnline(edit.device) ? filesOf(edit.device) : nullptr;
    if (!files) {
        tellAway(copy);
        return;
    }
    edit.isSending = true;
    edit.isWaiting = false;
    edit.isAgain = false;
    const QByteArray contents = bytesOf(copy);
    files->save(edit.path, contents, edit.digest)
        .then(this, [this, copy, digest = DeviceFiles::digestOf(contents)](
                        const Result<SaveEnd> &end) { onSent(copy, digest, end); });
}

void DeviceEdits::onSent(const QString &copy, const QByteArray &digest, const Result<SaveEnd> &end)
{
    Edit &edit = m_edits[copy];
    edit.isSending = false;
    const QString path = shownName(edit.path), device = edit.device;
    if (end && *end == SaveEnd::Saved) {
        edit.digest = digest;
        if (edit.isAgain) {
            send(copy);
            return;
        }
        edit.isUnsent = false;
        if (edit.isClosed) {
            drop(copy);
        } else {
            m_tabs->setPending(copy, false);
            m_tabs->tell(copy, {});
            writeOrigin(copy);
        }
        Q_EMIT saved(device, path);
    } else if (edit.isClosed) {
        Q_EMIT failed(end ? runtime::Error{ErrorCode::FileUnwritable, path.toStdString(),
                                           "it was changed on the device since it was opened"}
                          : end.error());
    } else if (!end && end.error().code == ErrorCode::DeviceLost) {
        tellAway(copy);
    } else if (!end) {
        m_tabs->tell(copy, words(end.error()), {{tr("Try again"), [=, this] { send(copy); }}});
    } else if (*end == SaveEnd::GoneThere) {
        m_tabs->tell(copy,
                     tr("%1 was removed from %2 since it was opened. Its text is still here.")
                         .arg(path, device),
                     {{tr("Save again"), [=, this] { overwrite(copy); }}});
    } else {
        m_tabs->tell(copy,
                     tr("%1 was changed on %2 since it was opened. Nothing was overwritten.")
                         .arg(path, device),
                     {{tr("Overwrite theirs"), [=, this] { overwrite(copy); }},
                      {tr("Load theirs"), [=, this] { loadTheirs(copy); }}});
    }
    if (!isSending())
        Q_EMIT sent();
}

/// The user has seen that the file is another one, and wants this text all the same.
void DeviceEdits::overwrite(const QString &copy)
{
    m_edits[copy].digest.clear();
    m_tabs->save(copy);
}

void DeviceEdits::tellAway(const QString &copy)
{
    m_edits[copy].isWaiting = true;
    const QString device = m_edits[copy].device;
    m_tabs->tell(copy,
                 tr("%1 is away. What you saved is kept on this computer, and goes there as soon "
                    "as it is back.")
                     .arg(device),
                 {{tr("Connect"), [=, this] { m_hub->connectDevice(device); }}});
}

void DeviceEdits::loadTheirs(const QString &copy)
{
    const Edit &edit = m_edits[copy];
    DeviceFiles *files = filesOf(edit.device);
    if (!files)
        return;
    files->open(edit.path).then(this, [this, copy](const Result<RemoteText> &text) {
        if (!text) {
            Q_EMIT failed(text.error());
            return;
        }
        Edit &theirs = m_edits[copy];
        theirs.isUnsent = false;
        theirs.digest = text->digest;
        if (editor::CodeEditor *code = m_tabs->editor(copy))
            code->setModified(false); // so that the tab follows its file
        m_tabs->setPending(copy, false);
        if (const Result<> written =
                runtime::writeFile(copy.toStdString(), text->contents.toStdString(), 0600);
            !written)
            Q_EMIT failed(written.error());
        writeOrigin(copy);
    });
}

void DeviceEdits::follow()
{
    for (const auto &[device, connection] : m_connections)
        if (!m_hub->isOnline(device))
            connection.files->lose();
    for (const auto &[copy, edit] : m_edits)
        if (edit.isWaiting && !edit.isSending && !edit.isClosed && m_hub->isOnline(edit.device))
            send(copy);
}

void DeviceEdits::onClosed(const QString &copy)
{
    const auto found = m_edits.find(copy);
    if (found == m_edits.end())
        return;
    found->second.isClosed = true;
    // Otherwise the user said that it need not be saved.
    if (!found->second.isSending)
        drop(copy);
}

void DeviceEdits::drop(const QString &copy)
{
    m_edits.erase(copy);
    QDir(QFileInfo(copy).path()).removeRecursively();
    QFile::remove(QFileInfo(copy).path() + originSuffix);
}

bool DeviceEdits::isSending() const
{
    return std::ranges::any_of(m_edits, [](const auto &each) { return each.second.isSending; });
}

std::vector<DeviceEdits::Unsent> DeviceEdits::unsent() const
{
    std::vector<Unsent> found;
    QDirIterator origins(m_folder, {QLatin1Char('*') + originSuffix}, QDir::Files,
                         QDirIterator::Subdirectories);
    while (origins.hasNext()) {
        const QString folder = origins.next().chopped(originSuffix.size());
        const QStringList names = QDir(folder).entryList(QDir::Files | QDir::Hidden);
        if (names.isEmpty())
            continue;
        const QString copy = folder + QLatin1Char('/') + names.front();
        const std::optional<Edit> edit = readOrigin(copy);
        if (edit && edit->isUnsent && !m_edits.contains(copy))
            found.push_back({copy, edit->device, shownName(edit->path)});
    }
    return found;
}

} // namespace app
