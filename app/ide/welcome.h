#pragma once

#include <QWidget>

namespace app {

/// The centre while no file is open: three ways to begin, and what was open lately.
class Welcome final : public QWidget
{
    Q_OBJECT

public:
    explicit Welcome(QWidget *parent = nullptr);

    /// Folders, newest first.
    void setRecent(const QStringList &folders);

Q_SIGNALS:
    void openRequested();
    void newRequested();
    void tourRequested();
    void recentChosen(const QString &folder);

private:
    QWidget *createCard(const QString &icon, const QString &title, const QString &text,
                        void (Welcome::*signal)());

    QWidget *m_recent;
};

} // namespace app
