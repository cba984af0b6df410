#pragma once

#include <QWidget>

class QStackedWidget;
class QTabWidget;

namespace app {

class DeviceHub;
class DeviceShell;

/// The terminals on devices, a tab each. A shell that ended leaves its words; Enter begins another.
class TerminalPanel final : public QWidget
{
    Q_OBJECT

public:
    /// \a hub outlives the panel.
    explicit TerminalPanel(DeviceHub *hub, QWidget *parent = nullptr);

    /// Brings the terminal on \a device to the front, and opens one when there is none.
    void open(const QString &device);
    [[nodiscard]] int count() const;
    /// What the terminal in front shows, for tests and the tour.
    [[nodiscard]] QString shownText() const;
    void type(const QString &text); ///< Into the terminal in front.

Q_SIGNALS:
    void openRequested(); ///< On the device that is the target.

private:
    void addTerminal(const QString &device);
    void closeTerminal(QWidget *view);
    void applyTheme();
    void updatePages();

    DeviceHub *m_hub;
    QStackedWidget *m_pages;
    QWidget *m_empty;
    QTabWidget *m_tabs;
};

} // namespace app
