#include "app/ide/invocationsview.h"

#include "app/ide/emptystate.h"
#include "app/ide/theme.h"
#include "app/ide/timingbar.h"
#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>

namespace app {

namespace {

QPlainTextEdit *textField(const QString &name, QWidget *parent)
{
    auto *text = new QPlainTextEdit(parent);
    text->setReadOnly(true);
    text->setFont(Theme::instance().numberFont());
    text->setAccessibleName(name);
    text->setLineWrapMode(QPlainTextEdit::WidgetWidth);
    return text;
}

QWidget *titled(const QString &title, QWidget *content, QWidget *parent)
{
    auto *box = new QWidget(parent);
    auto *head = new QLabel(title.toUpper(), box);
    head->setProperty("role", QStringLiteral("head"));
    auto *column = new QVBoxLayout(box);
    column->setContentsMargins(space::m, space::xs, 0, 0);
    column->setSpacing(2);
    column->addWidget(head);
    column->addWidget(content, 1);
    return box;
}

QString pretty(const std::string &text)
{
    const auto value = runtime::readJson(text);
    return QString::fromStdString(value.is_discarded() ? text : value.dump(2));
}

} // namespace

InvocationsView::InvocationsView(QWidget *parent)
    : QWidget(parent)
    , m_model(new InvocationModel(this))
    , m_table(new QTableView(this))
    , m_pages(new QStackedWidget(this))
{
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Invocations"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(space::row);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->setWordWrap(false);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->horizontalHeader()->setMinimumSectionSize(24);
    const int widths[] = {108, 28, 80, 64};
    for (int column = 0; column < 4; ++column)
        m_table->setColumnWidth(column, widths[column]);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &InvocationsView::onCurrent);

    auto *split = new QSplitter(this);
    split->setHandleWidth(1);
    split->addWidget(m_table);
    split->addWidget(m_details = createDetails());
    split->setSizes({390, 334});
    split->setStretchFactor(0, 1);
    m_pages->addWidget(new EmptyState(tr("Nothing was invoked yet"),
                                      tr("Every call shows here with its event, result and timing. "
                                         "Press Run to invoke the function once."),
                                      {}, m_pages));
    m_pages->addWidget(split);
    clearDetails();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_pages);
    const auto follow = [this] { m_pages->setCurrentIndex(m_model->rowCount() > 0 ? 1 : 0); };
    connect(m_model, &QAbstractItemModel::rowsInserted, this, follow);
    connect(m_model, &QAbstractItemModel::modelReset, this, follow);
}

QWidget *InvocationsView::createDetails()
{
    auto *box = new QWidget(this);
    box->setObjectName(QStringLiteral("surface"));
    box->setAttribute(Qt::WA_StyledBackground);
    m_outcome = new QLabel(box);
    m_outcome->setProperty("role", QStringLiteral("subtitle"));
    m_meta = new QLabel(box);
    m_meta->setProperty("role", QStringLiteral("quiet"));
    m_timing = new TimingBar(box);
    auto *replay = new QPushButton(tr("Replay"), box);
    replay->setToolTip(tr("Invoke again with the same event"));
    connect(replay, &QPushButton::clicked, this, [this] {
        if (!m_shown.id.empty())
            Q_EMIT replayRequested(m_shown);
    });
    auto *head = new QHBoxLayout;
    head->setContentsMargins(space::m, space::s, space::s, 0);
    auto *words = new QVBoxLayout;
    words->setSpacing(0);
    words->addWidget(m_outcome);
    words->addWidget(m_meta);
    head->addLayout(words, 1);
    head->addWidget(replay);
    auto *timing = new QHBoxLayout;
    timing->setContentsMargins(space::m, space::xs, space::m, 0);
    timing->addWidget(m_timing);

    auto *parts = new QSplitter(box);
    parts->setHandleWidth(1);
    parts->addWidget(titled(tr("Event"), m_event = textField(tr("Event"), box), box));
    parts->addWidget(titled(tr("Result"), m_result = textField(tr("Result"), box), box));
    parts->addWidget(titled(tr("Log"), m_log = textField(tr("Log"), box), box));
    auto *column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::xs);
    column->addLayout(head);
    column->addLayout(timing);
    column->addWidget(parts, 1);
    return box;
}

void InvocationsView::select(int row)
{
    m_table->selectRow(row);
}

void InvocationsView::showInvocation(const runtime::Invocation &invocation)
{
    const QSignalBlocker quiet(m_table->selectionModel()); // it comes with its log already
    m_table->clearSelection();
    for (int row = 0; row < m_model->rowCount(); ++row)
        if (m_model->at(row).id == invocation.id) {
            m_table->selectRow(row);
            m_table->scrollTo(m_model->index(row, 0));
        }
    m_table->viewport()->update();
    m_pages->setCurrentIndex(1);
    m_shown.id = invocation.id;
    m_details->show();
    showDetails(invocation);
}

void InvocationsView::clear()
{
    m_model->clear();
    clearDetails();
}

void InvocationsView::clearDetails()
{
    m_shown = {};
    m_details->hide();
}

void InvocationsView::onCurrent(const QModelIndex &index)
{
    if (!index.isValid())
        return;
    m_shown = m_model->at(index.row());
    m_details->show();
    showDetails(m_shown);
    Q_EMIT detailsWanted(QString::fromStdString(m_shown.id));
}

void InvocationsView::showDetails(const runtime::Invocation &invocation)
{
    if (invocation.id != m_shown.id)
        return;
    m_shown = invocation;
    const bool well = invocation.outcome == runtime::Outcome::Result;
    m_outcome->setText(
        tr("%1 in %2")
            .arg(well ? tr("Answered")
                      : outcomeText(invocation.outcome)
                            .replace(0, 1, outcomeText(invocation.outcome).left(1).toUpper()),
                 durationText(invocation.durationMs)));
    QStringList meta{QString::fromStdString(invocation.function),
                     QString::fromStdString(invocation.trigger)};
    if (!invocation.bundle.empty())
        meta << QString::fromStdString(runtime::shortDigest(invocation.bundle));
    if (invocation.cold)
        meta << tr("cold");
    m_meta->setText(meta.join(QStringLiteral(" · ")));
    m_timing->setTimes(invocation.queuedMs, invocation.initMs, invocation.durationMs);
    m_event->setPlainText(pretty(invocation.event));
    QString result = pretty(invocation.result);
    if (!well) {
        result = QString::fromStdString(invocation.fault.type + ": " + invocation.fault.message);
        for (const std::string &frame : invocation.fault.stack)
            result += QStringLiteral("\n  ") + QString::fromStdString(frame);
    }
    m_result->setPlainText(result);
    QString log;
    for (const runtime::LogLine &line : invocation.log)
        log += QString::fromStdString(line.text) + QLatin1Char('\n');
    if (invocation.logDropped > 0)
        log += tr("… and %1 more lines over the limit").arg(invocation.logDropped);
    m_log->setPlainText(log);
}

} // namespace app
