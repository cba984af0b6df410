#pragma once

#include "app/ide/devicefilesmodel.h"
#include "app/ide/devicefolder.h"

#include <QWidget>

class QAction;
class QLabel;
class QLineEdit;
class QMenu;
class QProgressBar;
class QPushButton;
class QStackedWidget;
class QToolButton;
class QTreeView;
class QVBoxLayout;

namespace app {

/// The files of a device: a folder at a time. Asks before something is lost; files dropped on it
/// are uploaded.
class DeviceFilesPane final : public QWidget
{
    Q_OBJECT

public:
    explicit DeviceFilesPane(std::unique_ptr<DeviceFolder> folder, QWidget *parent = nullptr);
    ~DeviceFilesPane() override;

    [[nodiscard]] DeviceFolder &folder() { return *m_folder; }
    /// What takes part in a question is asked with a box of the name "filesBox".
    void upload(const QStringList &paths);
    void downloadTo(const QString &folder); ///< What is selected.

Q_SIGNALS:
    void editRequested(const QString &device, const QByteArray &path);
    void failed(const runtime::Error &error);

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dragLeaveEvent(QDragLeaveEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    // devicefilespane.cpp: what it does
    void connectParts();
    void createActions();
    void showFolder();
    void showTransfer();
    void showSummary();
    void openCurrent();
    void askNewFolder();
    void askRemove();
    void askUpload();
    void askDownload();
    void ask(const QString &title, const QString &question, const QString &consequence,
             const QString &yes, std::function<void()> act);
    void copyPath();
    void showMenu(const QPoint &where);
    void updateActions();
    void applyColors();
    [[nodiscard]] std::vector<QByteArray> selected() const;
    [[nodiscard]] bool takesDrops() const;
    // devicefilespanelayout.cpp: how it looks
    void createLayout();
    QWidget *createBar();
    QWidget *createFoot();
    QTreeView *createView();

    std::unique_ptr<DeviceFolder> m_folder;
    DeviceFilesModel m_model;
    QStackedWidget *m_pages = nullptr;
    QWidget *m_away = nullptr, *m_reading = nullptr, *m_failed = nullptr, *m_empty = nullptr;
    QLabel *m_failedTitle = nullptr, *m_failedText = nullptr;
    QTreeView *m_view = nullptr;
    QLineEdit *m_path = nullptr;
    QLabel *m_summary = nullptr;
    QWidget *m_transfer = nullptr;
    QLabel *m_transferText = nullptr;
    QProgressBar *m_transferBar = nullptr;
    QAction *m_up = nullptr, *m_home = nullptr, *m_refresh = nullptr, *m_hidden = nullptr,
            *m_open = nullptr, *m_newFolder = nullptr, *m_upload = nullptr, *m_download = nullptr,
            *m_rename = nullptr, *m_remove = nullptr, *m_copyPath = nullptr;
    QByteArray m_shownPath;
    QByteArray m_wanted; ///< To be selected once it is there.
    QString m_told;      ///< What became of the last transfer.
};

} // namespace app
