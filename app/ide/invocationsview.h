#pragma once

#include "app/ide/invocationmodel.h"

#include <QWidget>

class QLabel;
class QPlainTextEdit;
class QStackedWidget;
class QTableView;

namespace app {

class TimingBar;

/// The list of invocations and, beside it, the one that is chosen: outcome, timing, event, result,
/// log. Asks for the log of an invocation when it is chosen, and shows what it is given.
class InvocationsView final : public QWidget
{
    Q_OBJECT

public:
    explicit InvocationsView(QWidget *parent = nullptr);

    [[nodiscard]] InvocationModel *model() { return m_model; }
    /// The whole of the chosen invocation; ignored when another one is chosen by now.
    void showDetails(const runtime::Invocation &invocation);
    void select(int row);
    /// One that somebody asked for, whether it is in the list or not, with its log.
    void showInvocation(const runtime::Invocation &invocation);
    void clear(); ///< Another target: nothing of the former one stays.

Q_SIGNALS:
    void detailsWanted(const QString &id);
    void replayRequested(const runtime::Invocation &invocation);
    /// A line of a stack was activated.
    void placeActivated(const QString &file, int line);

private:
    QWidget *createDetails();
    void clearDetails();
    void onCurrent(const QModelIndex &index);

    InvocationModel *m_model;
    QTableView *m_table;
    QStackedWidget *m_pages;
    QWidget *m_details; ///< Hidden until an invocation is chosen.
    QLabel *m_outcome;
    QLabel *m_meta;
    TimingBar *m_timing;
    QPlainTextEdit *m_event;
    QPlainTextEdit *m_result;
    QPlainTextEdit *m_log;
    runtime::Invocation m_shown;
};

} // namespace app
