#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QTimer>

#include <functional>
#include <vector>

namespace app {

class MainWindow;

/// Plays the main journey in the real window: the same actions that a person would trigger, a
/// picture after each step, and a report with times. A step that does not come to its end in its
/// time fails the tour, and the report says which and what was on the message bar.
class Tour final : public QObject
{
    Q_OBJECT

public:
    /// \a pictures: folder for the pictures and report.md; empty: no pictures, steps paced for
    /// eyes.
    Tour(MainWindow *window, QString pictures, QObject *parent = nullptr);

    void start();

Q_SIGNALS:
    /// Once. \a report is what stands in report.md.
    void finished(bool well, const QString &report);

private:
    struct Step {
        QString name;
        QString text;
        std::function<void()> act;
        std::function<bool()> isDone;
        int limitMs;
    };
    void add(const QString &name, const QString &text, std::function<void()> act,
             std::function<bool()> isDone, int limitMs = 15'000);
    void addLocalSteps();
    void addDeviceSteps();
    void addDevicePageSteps();
    void addControllerSteps();
    void addLastSteps();
    void next();
    void check();
    void endStep(bool well);
    void type(const QString &text);
    void trigger(const char *action);
    [[nodiscard]] QString file() const;

    MainWindow *m_window;
    QString m_pictures;
    std::vector<Step> m_steps;
    std::size_t m_current = 0;
    QElapsedTimer m_clock;
    QTimer m_poll;
    QTimer m_settle; ///< Between a step's end and its picture: the last paint.
    QString m_report;
    bool m_well = true;
    std::uint64_t m_mark = 0; ///< Readings at the begin of a step.
    int m_answers = 0;
};

} // namespace app
