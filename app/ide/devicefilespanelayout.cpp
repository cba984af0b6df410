#include "app/ide/devicefilespane.h"
#include "app/ide/emptystate.h"
#include "app/ide/theme.h"

#include <QAction>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

// How the files of a device look.
namespace app {

namespace {

constexpr int nameWidth = 300;
constexpr int transferBarWidth = 160;

} // namespace

void DeviceFilesPane::createLayout()
{
    setObjectName(QStringLiteral("surface"));
    setAttribute(Qt::WA_StyledBackground);
    setAcceptDrops(true);
    setAccessibleName(tr("Files of %1").arg(m_folder->device()));
    m_pages = new QStackedWidget(this);
    m_view = createView();
    const QString name = m_folder->device();
    m_away = new EmptyState(tr("%1 is not connected").arg(name),
                            tr("Its files show once it is online. Nothing here is lost meanwhile: "
                               "what you edited is kept on this computer."),
                            {{tr("Connect"), [this] { m_folder->connectDevice(); }}}, m_pages);
    m_reading = new EmptyState(tr("Reading the folder"), tr("Asking %1 what is there.").arg(name),
                               {}, m_pages);
    m_failed = new EmptyState(tr("The files cannot be shown"), QStringLiteral(" "),
                              {{tr("Try again"), [this] { m_folder->refresh(); }}}, m_pages);
    const QList<QLabel *> words = m_failed->findChildren<QLabel *>();
    m_failedTitle = words.value(0);
    m_failedText = words.value(1);
    m_empty = new EmptyState(tr("Nothing is in this folder"),
                             tr("Drop files here from your desktop, or choose some to upload."),
                             {{tr("Upload…"), [this] { m_upload->trigger(); }},
                              {tr("New folder…"), [this] { m_newFolder->trigger(); }}},
                             m_pages);
    for (QWidget *page : {static_cast<QWidget *>(m_view), m_away, m_reading, m_failed, m_empty})
        m_pages->addWidget(page);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(createBar());
    column->addWidget(m_pages, 1);
    column->addWidget(createFoot());
}

QTreeView *DeviceFilesPane::createView()
{
    auto *view = new QTreeView(m_pages);
    view->setModel(&m_model);
    view->setAccessibleName(tr("Files of the folder"));
    view->setRootIsDecorated(false);
    view->setItemsExpandable(false);
    view->setUniformRowHeights(true);
    view->setAllColumnsShowFocus(true);
    view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    view->setEditTriggers(QAbstractItemView::EditKeyPressed);
    view->setContextMenuPolicy(Qt::CustomContextMenu);
    view->setSortingEnabled(true);
    view->sortByColumn(DeviceFilesModel::Name, Qt::AscendingOrder);
    QHeaderView *header = view->header();
    header->setStretchLastSection(false);
    header->setMinimumSectionSize(80);
    header->setSectionResizeMode(QHeaderView::ResizeToContents);
    header->setSectionResizeMode(DeviceFilesModel::Name, QHeaderView::Stretch);
    header->resizeSection(DeviceFilesModel::Name, nameWidth);
    return view;
}

QWidget *DeviceFilesPane::createBar()
{
    auto *bar = new QWidget(this);
    auto *row = new QHBoxLayout(bar);
    row->setContentsMargins(space::l, space::s, space::l, space::s);
    row->setSpacing(space::xs);
    const auto button = [&](QAction *action) {
        auto *made = new QToolButton(bar);
        made->setDefaultAction(action);
        made->setFixedSize(space::control, space::control);
        made->setAccessibleName(action->text());
        row->addWidget(made);
    };
    button(m_up);
    button(m_home);
    m_path = new QLineEdit(bar);
    m_path->setAccessibleName(tr("Folder on the device"));
    m_path->setPlaceholderText(tr("Folder on the device"));
    row->addWidget(m_path, 1);
    for (QAction *action : {m_refresh, m_hidden})
        button(action);
    for (QAction *action : {m_newFolder, m_upload, m_download}) {
        auto *made = new QPushButton(action->text(), bar);
        connect(made, &QPushButton::clicked, action, &QAction::trigger);
        connect(action, &QAction::changed, made,
                [made, action] { made->setEnabled(action->isEnabled()); });
        made->setToolTip(action->toolTip());
        row->addSpacing(space::xs);
        row->addWidget(made);
    }
    return bar;
}

QWidget *DeviceFilesPane::createFoot()
{
    auto *foot = new QWidget(this);
    auto *row = new QHBoxLayout(foot);
    row->setContentsMargins(space::l, space::xs, space::l, space::xs);
    row->setSpacing(space::s);
    m_summary = new QLabel(foot);
    m_summary->setProperty("role", QStringLiteral("quiet"));
    m_summary->setTextFormat(Qt::PlainText);
    m_summary->setMinimumHeight(space::control);
    row->addWidget(m_summary, 1);
    m_transfer = new QWidget(foot);
    auto *parts = new QHBoxLayout(m_transfer);
    parts->setContentsMargins(0, 0, 0, 0);
    parts->setSpacing(space::s);
    m_transferText = new QLabel(m_transfer);
    m_transferText->setTextFormat(Qt::PlainText);
    m_transferBar = new QProgressBar(m_transfer);
    m_transferBar->setTextVisible(false);
    m_transferBar->setFixedWidth(transferBarWidth);
    m_transferBar->setAccessibleName(tr("Transfer"));
    auto *stop = new QPushButton(tr("Stop"), m_transfer);
    connect(stop, &QPushButton::clicked, this, [this] { m_folder->stopTransfers(); });
    parts->addWidget(m_transferText);
    parts->addWidget(m_transferBar);
    parts->addWidget(stop);
    m_transfer->hide();
    row->addWidget(m_transfer);
    return foot;
}

} // namespace app
