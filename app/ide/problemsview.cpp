#include "app/ide/problemsview.h"

#include "app/ide/theme.h"

#include <QFileInfo>
#include <QHeaderView>

namespace app {

namespace {
enum ProblemRole { FileRole = Qt::UserRole, LineRole, ColumnRole };
}

ProblemsView::ProblemsView(QWidget *parent) : QTreeWidget(parent)
{
    setAccessibleName(tr("Problems"));
    setHeaderLabels({tr("Problem"), tr("Place")});
    setRootIsDecorated(false);
    header()->setStretchLastSection(false);
    header()->setSectionResizeMode(0, QHeaderView::Stretch);
    header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    connect(this, &QTreeWidget::itemActivated, this, [this](QTreeWidgetItem *item) {
        Q_EMIT placeActivated(item->data(0, FileRole).toString(), item->data(0, LineRole).toInt(),
                              item->data(0, ColumnRole).toInt());
    });
    connect(&Theme::instance(), &Theme::changed, this, &ProblemsView::rebuild);
    rebuild();
}

void ProblemsView::setProblems(const QString &source, const std::vector<runtime::Problem> &problems)
{
    if (problems.empty())
        m_problems.erase(source);
    else
        m_problems[source] = problems;
    rebuild();
    Q_EMIT countChanged(count());
}

int ProblemsView::count() const
{
    std::size_t count = 0;
    for (const auto &[source, problems] : m_problems)
        count += problems.size();
    return int(count);
}

void ProblemsView::rebuild()
{
    clear();
    const Theme &theme = Theme::instance();
    for (const auto &[source, problems] : m_problems)
        for (const runtime::Problem &problem : problems) {
            const QString file = QString::fromStdString(problem.file);
            const QString place =
                problem.line > 0
                    ? QStringLiteral("%1:%2").arg(QFileInfo(file).fileName()).arg(problem.line)
                    : QFileInfo(file).fileName();
            auto *item =
                new QTreeWidgetItem(this, {QString::fromStdString(problem.message), place});
            item->setIcon(0,
                          theme.mark(Theme::Mark::Attention,
                                     problem.warning ? theme.tokens().warn : theme.tokens().bad));
            item->setForeground(1, theme.tokens().quiet);
            item->setToolTip(0, QString::fromStdString(problem.message));
            item->setData(0, FileRole, file);
            item->setData(0, LineRole, problem.line);
            item->setData(0, ColumnRole, problem.column);
        }
    if (topLevelItemCount() == 0) {
        auto *item = new QTreeWidgetItem(this, {tr("No problems"), QString()});
        item->setForeground(0, theme.tokens().quiet);
        item->setFlags(Qt::NoItemFlags);
    }
}

} // namespace app
