#include "app/ide/devicefilespane.h"

#include "app/errors/usermessage.h"
#include "app/ide/theme.h"

#include <QAction>
#include <QClipboard>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QGuiApplication>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QStackedWidget>
#include <QTreeView>

namespace app {

using device::RemoteFile;
using device::shownName;

namespace {

QStringList localPaths(const QMimeData *mime)
{
    QStringList paths;
    for (const QUrl &url : mime->urls())
        if (url.isLocalFile())
            paths << QDir::cleanPath(url.toLocalFile());
    return paths;
}

QString namesText(const QStringList &names)
{
    constexpr qsizetype shown = 3;
    return names.size() <= shown ? names.join(QStringLiteral(", "))
                                 : DeviceFilesPane::tr("%1 and %2 more")
                                       .arg(names.first(shown).join(QStringLiteral(", ")))
                                       .arg(names.size() - shown);
}

} // namespace

DeviceFilesPane::DeviceFilesPane(std::unique_ptr<DeviceFolder> folder, QWidget *parent)
    : QWidget(parent), m_folder(std::move(folder))
{
    createActions();
    createLayout();
    connectParts();
    applyColors();
    showFolder();
}

DeviceFilesPane::~DeviceFilesPane()
{
    m_folder->disconnect(this);
}

void DeviceFilesPane::createActions()
{
    const auto add = [this](const QString &text, const QList<QKeySequence> &keys, auto order) {
        auto *action = new QAction(text, this);
        action->setShortcuts(keys);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        connect(action, &QAction::triggered, this, order);
        addAction(action);
        return action;
    };
    m_up = add(tr("Up"), {QKeySequence(Qt::ALT | Qt::Key_Up), QKeySequence(Qt::Key_Backspace)},
               [this] { m_folder->goUp(); });
    m_home = add(tr("Home folder"), {QKeySequence(Qt::ALT | Qt::Key_Home)},
                 [this] { m_folder->goHome(); });
    m_refresh = add(tr("Refresh"), {QKeySequence(Qt::Key_F5)}, [this] { m_folder->refresh(); });
    m_hidden =
        add(tr("Show hidden files"), {QKeySequence(Qt::CTRL | Qt::Key_H)}, [this](bool shows) {
            m_model.setShowsHidden(shows);
            showFolder();
        });
    m_hidden->setCheckable(true);
    m_open = add(tr("Open"), {}, [this] { openCurrent(); });
    m_newFolder = add(tr("New folder…"), {}, [this] { askNewFolder(); });
    m_upload = add(tr("Upload…"), {}, [this] { askUpload(); });
    m_upload->setToolTip(tr("Copy files from this computer; dropping them here does the same"));
    m_download = add(tr("Download…"), {}, [this] { askDownload(); });
    m_download->setToolTip(tr("Copy what is selected to this computer"));
    m_rename = add(tr("Rename"), {}, [this] { m_view->edit(m_view->currentIndex()); });
    m_remove = add(tr("Delete…"), {QKeySequence(Qt::Key_Delete)}, [this] { askRemove(); });
    m_copyPath = add(tr("Copy path"), {QKeySequence(QKeySequence::Copy)}, [this] { copyPath(); });
}

void DeviceFilesPane::connectParts()
{
    connect(m_folder.get(), &DeviceFolder::changed, this, &DeviceFilesPane::showFolder);
    connect(m_folder.get(), &DeviceFolder::transferChanged, this, &DeviceFilesPane::showTransfer);
    connect(m_folder.get(), &DeviceFolder::transferred, this, [this](const QString &words) {
        m_told = words;
        showSummary();
    });
    connect(m_folder.get(), &DeviceFolder::failed, this, &DeviceFilesPane::failed);
    connect(&m_model, &DeviceFilesModel::renameRequested, this,
            [this](const QByteArray &name, const QByteArray &to) {
                m_wanted = to;
                m_folder->rename(name, to);
            });
    connect(m_view, &QTreeView::activated, this, [this] { openCurrent(); });
    connect(m_view, &QTreeView::customContextMenuRequested, this, &DeviceFilesPane::showMenu);
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        updateActions();
        showSummary();
    });
    connect(m_path, &QLineEdit::returnPressed, this, [this] {
        m_folder->go(m_path->text() == shownName(m_shownPath) ? m_shownPath
                                                              : m_path->text().toUtf8());
        m_view->setFocus();
    });
    connect(&Theme::instance(), &Theme::changed, this, &DeviceFilesPane::applyColors);
}

void DeviceFilesPane::showFolder()
{
    using State = DeviceFolder::State;
    const device::RemoteFolder &folder = m_folder->folder();
    const State state = m_folder->state();
    if (state == State::Shown) {
        const QModelIndex current = m_view->currentIndex();
        if (m_wanted.isEmpty() && current.isValid() && folder.path == m_shownPath)
            m_wanted = m_model.file(current.row()).name;
        else if (m_wanted.isEmpty() && device::parentPath(m_shownPath) == folder.path)
            m_wanted = device::namePart(m_shownPath); // where one came up from
        if (folder.path != m_shownPath)
            m_told.clear();
        m_shownPath = folder.path;
        m_model.setFiles(folder.files);
        m_path->setText(shownName(folder.path));
        const int row = std::max(0, m_model.rowOf(std::exchange(m_wanted, {})));
        if (row < m_model.rowCount())
            m_view->setCurrentIndex(m_model.index(row, 0));
    } else if (state == State::Failed) {
        const UserMessage message = describe(m_folder->error());
        m_failedTitle->setText(message.title);
        m_failedText->setText(message.text);
    }
    const bool hadFocus = m_pages->isAncestorOf(focusWidget()) || !focusWidget();
    m_pages->setCurrentWidget(state == State::Away                               ? m_away
                              : state == State::Failed                           ? m_failed
                              : state == State::Reading && m_shownPath.isEmpty() ? m_reading
                              : m_model.rowCount() == 0                          ? m_empty
                                                                                 : m_view);
    if (hadFocus && isVisible() && m_pages->currentWidget() == m_view)
        m_view->setFocus();
    updateActions();
    showSummary();
}

void DeviceFilesPane::showSummary()
{
    const bool isShown = !m_shownPath.isEmpty() && m_folder->state() != DeviceFolder::State::Away;
    QStringList words;
    if (isShown) {
        words << (m_model.rowCount() == 1 ? tr("1 item") : tr("%1 items").arg(m_model.rowCount()));
        if (m_model.hiddenCount() > 0)
            words << tr("%1 hidden").arg(m_model.hiddenCount());
        if (const auto count = selected().size(); count > 1)
            words << tr("%1 selected").arg(count);
        if (!m_told.isEmpty())
            words << m_told;
    }
    m_summary->setText(words.join(QStringLiteral("  ·  ")));
}

void DeviceFilesPane::showTransfer()
{
    const auto &transfer = m_folder->transfer();
    m_transfer->setVisible(transfer.has_value());
    if (!transfer)
        return;
    m_told.clear();
    showSummary();
    const QString name = fontMetrics().elidedText(transfer->name, Qt::ElideMiddle, 220);
    m_transferText->setText(
        transfer->files == 0
            ? (m_folder->isUpload() ? tr("Preparing the upload") : tr("Preparing the download"))
            : tr("%1 %2 (%3 of %4), %5 of %6")
                  .arg(m_folder->isUpload() ? tr("Uploading") : tr("Downloading"), name)
                  .arg(transfer->file)
                  .arg(transfer->files)
                  .arg(device::shownSize(transfer->done), device::shownSize(transfer->total)));
    constexpr int steps = 1000;
    m_transferBar->setRange(0, transfer->total > 0 ? steps : 0);
    if (transfer->total > 0)
        m_transferBar->setValue(
            int(std::min(1.0, double(transfer->done) / double(transfer->total)) * steps));
}

void DeviceFilesPane::updateActions()
{
    const bool isShown = m_folder->state() == DeviceFolder::State::Shown;
    const bool hasSome = isShown && !selected().empty();
    m_up->setEnabled(isShown && m_shownPath != "/");
    for (QAction *action : {m_home, m_refresh, m_hidden, m_newFolder, m_upload})
        action->setEnabled(isShown || m_folder->state() == DeviceFolder::State::Reading);
    for (QAction *action : {m_open, m_download, m_remove, m_copyPath})
        action->setEnabled(hasSome);
    m_rename->setEnabled(isShown && selected().size() == 1);
    m_path->setEnabled(m_folder->state() != DeviceFolder::State::Away);
}

std::vector<QByteArray> DeviceFilesPane::selected() const
{
    std::vector<QByteArray> names;
    for (const QModelIndex &index : m_view->selectionModel()->selectedRows())
        names.push_back(m_model.file(index.row()).name);
    return names;
}

void DeviceFilesPane::openCurrent()
{
    const QModelIndex current = m_view->currentIndex();
    if (!current.isValid() || m_folder->state() != DeviceFolder::State::Shown)
        return;
    const RemoteFile &file = m_model.file(current.row());
    const QByteArray path = device::childPath(m_folder->folder().path, file.name);
    if (file.isFolder())
        m_folder->go(path);
    else
        Q_EMIT editRequested(m_folder->device(), path);
}

void DeviceFilesPane::askNewFolder()
{
    auto *box = new QInputDialog(this);
    box->setObjectName(QStringLiteral("filesBox"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setWindowTitle(tr("New folder"));
    box->setLabelText(tr("Name of the folder in %1:").arg(shownName(m_folder->folder().path)));
    connect(box, &QInputDialog::textValueSelected, this, [this](const QString &text) {
        const QByteArray name = text.trimmed().toUtf8();
        if (!device::isEntryName(name))
            return;
        m_wanted = name;
        m_folder->makeFolder(name);
    });
    box->open();
}

void DeviceFilesPane::ask(const QString &title, const QString &question, const QString &consequence,
                          const QString &yes, std::function<void()> act)
{
    auto *box = new QMessageBox(this);
    box->setObjectName(QStringLiteral("filesBox"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setWindowTitle(title);
    box->setTextFormat(Qt::PlainText);
    box->setText(question);
    box->setInformativeText(consequence);
    const QPushButton *does = box->addButton(yes, QMessageBox::DestructiveRole);
    box->setDefaultButton(box->addButton(QMessageBox::Cancel));
    connect(does, &QPushButton::clicked, box, [act = std::move(act)] { act(); });
    box->open();
}

void DeviceFilesPane::askRemove()
{
    const std::vector<QByteArray> names = selected();
    QStringList shown;
    bool hasFolder = false;
    for (const QByteArray &name : names) {
        shown << shownName(name);
        const int row = m_model.rowOf(name);
        hasFolder |= row >= 0 && m_model.file(row).kind == RemoteFile::Kind::Folder;
    }
    if (names.empty())
        return;
    ask(tr("Delete on the device"),
        tr("Delete %1 from %2?").arg(namesText(shown), m_folder->device()),
        hasFolder ? tr("Folders go with everything in them. This cannot be undone: the device has "
                       "no wastebasket.")
                  : tr("This cannot be undone: the device has no wastebasket."),
        tr("Delete"), [this, names] { m_folder->remove(names); });
}

void DeviceFilesPane::askUpload()
{
    auto *box = new QFileDialog(this, tr("Upload to %1").arg(shownName(m_folder->folder().path)));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setFileMode(QFileDialog::ExistingFiles);
    box->setLabelText(QFileDialog::Accept, tr("Upload"));
    connect(box, &QFileDialog::filesSelected, this, &DeviceFilesPane::upload);
    box->open();
}

void DeviceFilesPane::upload(const QStringList &paths)
{
    if (paths.isEmpty())
        return;
    QStringList present;
    for (const QString &path : paths) {
        const QString name = QFileInfo(path).fileName();
        for (const RemoteFile &file : m_folder->folder().files)
            if (file.name == QFile::encodeName(name))
                present << name;
    }
    if (present.isEmpty()) {
        m_folder->upload(paths);
        return;
    }
    ask(tr("Upload"), tr("Replace %1 on %2?").arg(namesText(present), m_folder->device()),
        tr("Of these names there is something in the folder already. A file is replaced once the "
           "new one is there whole; folders are put together."),
        tr("Replace"), [this, paths] { m_folder->upload(paths); });
}

void DeviceFilesPane::askDownload()
{
    auto *box = new QFileDialog(this, tr("Download to"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setFileMode(QFileDialog::Directory);
    box->setLabelText(QFileDialog::Accept, tr("Download here"));
    connect(box, &QFileDialog::fileSelected, this, &DeviceFilesPane::downloadTo);
    box->open();
}

void DeviceFilesPane::downloadTo(const QString &folder)
{
    const std::vector<QByteArray> names = selected();
    if (names.empty())
        return;
    QStringList present;
    for (const QByteArray &name : names)
        if (QFileInfo::exists(QDir(folder).filePath(shownName(name))))
            present << shownName(name);
    if (present.isEmpty()) {
        m_folder->download(names, folder);
        return;
    }
    ask(tr("Download"), tr("Replace %1 on this computer?").arg(namesText(present)),
        tr("Of these names there is something in %1 already. A file is replaced once the new one "
           "is there whole; folders are put together.")
            .arg(folder),
        tr("Replace"), [this, names, folder] { m_folder->download(names, folder); });
}

void DeviceFilesPane::copyPath()
{
    QStringList paths;
    for (const QByteArray &name : selected())
        paths << shownName(device::childPath(m_folder->folder().path, name));
    QGuiApplication::clipboard()->setText(paths.join(QLatin1Char('\n')));
}

void DeviceFilesPane::showMenu(const QPoint &where)
{
    QMenu *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    if (m_view->indexAt(where).isValid()) {
        menu->addActions({m_open, m_download});
        menu->addSeparator();
        menu->addActions({m_rename, m_copyPath, m_remove});
        menu->addSeparator();
    }
    menu->addActions({m_newFolder, m_upload});
    menu->addSeparator();
    menu->addActions({m_hidden, m_refresh});
    menu->popup(m_view->viewport()->mapToGlobal(where));
}

void DeviceFilesPane::applyColors()
{
    const Theme &theme = Theme::instance();
    m_up->setIcon(theme.icon(QStringLiteral("go-up")));
    m_home->setIcon(theme.icon(QStringLiteral("go-home")));
    m_refresh->setIcon(theme.icon(QStringLiteral("view-refresh")));
    m_hidden->setIcon(theme.icon(QStringLiteral("view-hidden")));
    m_view->viewport()->update();
}

void DeviceFilesPane::showEvent(QShowEvent *event)
{
    m_folder->setSeen(true);
    m_view->setFocus();
    QWidget::showEvent(event);
}

void DeviceFilesPane::hideEvent(QHideEvent *event)
{
    m_folder->setSeen(false);
    QWidget::hideEvent(event);
}

bool DeviceFilesPane::takesDrops() const
{
    return m_folder->state() == DeviceFolder::State::Shown;
}

void DeviceFilesPane::dragEnterEvent(QDragEnterEvent *event)
{
    if (!takesDrops() || localPaths(event->mimeData()).isEmpty())
        return;
    event->setDropAction(Qt::CopyAction);
    event->accept();
    m_summary->setText(tr("Drop to upload to %1").arg(shownName(m_folder->folder().path)));
}

void DeviceFilesPane::dragLeaveEvent(QDragLeaveEvent *event)
{
    showSummary();
    QWidget::dragLeaveEvent(event);
}

void DeviceFilesPane::dropEvent(QDropEvent *event)
{
    event->acceptProposedAction();
    showSummary();
    upload(localPaths(event->mimeData()));
}

} // namespace app
