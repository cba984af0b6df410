#include "editor/ui/findbar.h"

#include "editor/ui/codeeditor.h"
#include "editor/ui/glyphs.h"

#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QRegularExpression>
#include <QStyle>
#include <QToolButton>

#include <algorithm>
#include <chrono>

namespace editor {

FindBar::FindBar(CodeEditor &editor, QWidget *parent)
    : QWidget(parent)
    , m_editor(editor)
    , m_pattern(new QLineEdit(this))
    , m_replacement(new QLineEdit(this))
    , m_status(new QLabel(this))
    , m_expand(createButton(QStringLiteral("expand"), tr("Show replace (Ctrl+H)")))
    , m_case(createSwitch(QStringLiteral("Aa"), tr("Match case"), Qt::ALT | Qt::Key_C))
    , m_word(createSwitch(QStringLiteral("W"), tr("Whole words"), Qt::ALT | Qt::Key_W))
    , m_regex(createSwitch(QStringLiteral(".*"), tr("Regular expression"), Qt::ALT | Qt::Key_R))
    , m_previous(createButton(QStringLiteral("previous"), tr("Previous match (Shift+F3)")))
    , m_next(createButton(QStringLiteral("next"), tr("Next match (F3)")))
    , m_close(createButton(QStringLiteral("close"), tr("Close (Escape)")))
    , m_replaceOne(new QPushButton(tr("Replace"), this))
    , m_replaceAll(new QPushButton(tr("Replace all"), this))
{
    setObjectName(QStringLiteral("findBar"));
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("Find and replace"));
    m_pattern->setPlaceholderText(tr("Find"));
    m_pattern->setAccessibleName(tr("Find"));
    m_replacement->setPlaceholderText(tr("Replace with"));
    m_replacement->setAccessibleName(tr("Replace with"));
    m_status->setObjectName(QStringLiteral("findStatus"));
    QFont underlined = m_word->font();
    underlined.setUnderline(true);
    m_word->setFont(underlined);
    layOut();
    showReplace(false);

    using namespace std::chrono_literals;
    m_refresh.setInterval(80ms);
    m_refresh.setSingleShot(true);
    connect(&m_refresh, &QTimer::timeout, this, [this] { search(false); });
    connect(&m_editor, &QsciScintilla::textChanged, this, [this] {
        if (isVisible())
            m_refresh.start();
    });
    connect(&m_editor, &QsciScintilla::selectionChanged, this, &FindBar::showStatus);
    connect(m_pattern, &QLineEdit::textChanged, this, [this] { search(true); });
    for (QToolButton *option : {m_case, m_word, m_regex})
        connect(option, &QToolButton::toggled, this, [this] { search(true); });
    connect(m_next, &QToolButton::clicked, this, &FindBar::findNext);
    connect(m_previous, &QToolButton::clicked, this, &FindBar::findPrevious);
    connect(m_close, &QToolButton::clicked, this, &FindBar::closeBar);
    connect(m_replaceOne, &QPushButton::clicked, this, &FindBar::replaceOne);
    connect(m_replaceAll, &QPushButton::clicked, this, &FindBar::replaceAll);
    connect(m_expand, &QToolButton::clicked, this,
            [this] { showReplace(m_replaceField->isHidden()); });
}

QToolButton *FindBar::createButton(const QString &name, const QString &tip)
{
    auto *button = new QToolButton(this);
    button->setObjectName(name);
    button->setToolTip(tip);
    button->setAccessibleName(tip);
    button->setAutoRaise(true);
    button->setFixedSize(28, 28);
    button->setIconSize({16, 16});
    return button;
}

QToolButton *FindBar::createSwitch(const QString &text, const QString &tip, const QKeySequence &key)
{
    auto *button = new QToolButton(this);
    button->setText(text);
    button->setToolTip(QStringLiteral("%1 (%2)").arg(tip, key.toString(QKeySequence::NativeText)));
    button->setAccessibleName(tip);
    button->setShortcut(key);
    button->setCheckable(true);
    button->setAutoRaise(true);
    button->setFixedSize(26, 22);
    button->setObjectName(QStringLiteral("switch"));
    return button;
}

QWidget *FindBar::createField(QLineEdit *edit, const QList<QWidget *> &inside)
{
    auto *frame = new QFrame(this);
    frame->setObjectName(QStringLiteral("field"));
    frame->setFixedHeight(28);
    auto *row = new QHBoxLayout(frame);
    row->setContentsMargins(4, 0, 3, 0);
    row->setSpacing(2);
    edit->setFrame(false);
    edit->installEventFilter(this);
    row->addWidget(edit, 1);
    for (QWidget *widget : inside)
        row->addWidget(widget);
    return frame;
}

void FindBar::layOut()
{
    QWidget *field = createField(m_pattern, {m_case, m_word, m_regex});
    m_replaceField = createField(m_replacement, {});
    for (QWidget *each : {field, m_replaceField}) {
        each->setMinimumWidth(180);
        each->setMaximumWidth(440);
    }
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(8, 6, 8, 7);
    grid->setHorizontalSpacing(6);
    grid->setVerticalSpacing(6);
    grid->addWidget(m_expand, 0, 0);
    grid->addWidget(field, 0, 1);
    auto *steps = new QHBoxLayout;
    steps->setSpacing(0);
    steps->addWidget(m_previous);
    steps->addWidget(m_next);
    steps->addSpacing(6);
    steps->addWidget(m_status, 1);
    grid->addLayout(steps, 0, 2);
    grid->addWidget(m_close, 0, 3, Qt::AlignRight);
    grid->addWidget(m_replaceField, 1, 1);
    auto *orders = new QHBoxLayout;
    orders->setSpacing(6);
    orders->addWidget(m_replaceOne);
    orders->addWidget(m_replaceAll);
    orders->addStretch(1);
    grid->addLayout(orders, 1, 2);
    grid->setColumnStretch(1, 3);
    grid->setColumnStretch(2, 2);
    for (QPushButton *button : {m_replaceOne, m_replaceAll}) {
        button->setFixedHeight(28);
        button->setAutoDefault(false);
    }
    QWidget *const order[] = {m_pattern, m_replacement, m_replaceOne, m_replaceAll, m_case, m_word,
                              m_regex,   m_previous,    m_next,       m_expand,     m_close};
    for (std::size_t i = 1; i < std::size(order); ++i)
        setTabOrder(order[i - 1], order[i]);
}

void FindBar::setTheme(const EditorTheme &theme)
{
    m_theme = theme;
    m_previous->setIcon(glyphIcon(Glyph::Up, theme.quiet, theme.disabled));
    m_next->setIcon(glyphIcon(Glyph::Down, theme.quiet, theme.disabled));
    m_close->setIcon(glyphIcon(Glyph::Close, theme.quiet, theme.disabled));
    showReplace(!m_replaceField->isHidden());
    showStatus();
}

void FindBar::open(bool withReplace)
{
    show();
    showReplace(withReplace);
    const QString selected = m_editor.selectedText();
    m_anchor = m_editor.selection().begin;
    if (!selected.isEmpty() && !selected.contains(u'\n') && !selected.contains(u'\r'))
        m_pattern->setText(m_regex->isChecked() ? QRegularExpression::escape(selected) : selected);
    m_pattern->setFocus(Qt::ShortcutFocusReason);
    m_pattern->selectAll();
    search(true);
}

void FindBar::closeBar()
{
    if (isHidden())
        return;
    hide();
    m_refresh.stop();
    m_result = {};
    m_editor.showMatches({});
    m_editor.setFocus(Qt::OtherFocusReason);
    Q_EMIT closed();
}

SearchQuery FindBar::query() const
{
    return {m_pattern->text(), m_case->isChecked(), m_word->isChecked(), m_regex->isChecked()};
}

void FindBar::setQuery(const SearchQuery &query)
{
    m_case->setChecked(query.caseSensitive);
    m_word->setChecked(query.wholeWords);
    m_regex->setChecked(query.regularExpression);
    m_pattern->setText(query.pattern);
}

void FindBar::search(bool select)
{
    if (isHidden())
        return;
    m_refresh.stop();
    m_result = findAll(m_editor.text(), query());
    m_editor.showMatches(m_result.matches);
    if (select && !m_result.matches.isEmpty()) {
        const auto it = std::ranges::lower_bound(m_result.matches, m_anchor, {}, &TextMatch::begin);
        m_editor.select(it == m_result.matches.end() ? m_result.matches.first() : *it);
    }
    const bool found = !m_result.matches.isEmpty();
    for (QWidget *button :
         std::initializer_list<QWidget *>{m_next, m_previous, m_replaceOne, m_replaceAll})
        button->setEnabled(found &&
                           (!m_editor.isReadOnly() || button == m_next || button == m_previous));
    showStatus();
}

void FindBar::findNext()
{
    step(true);
}

void FindBar::findPrevious()
{
    step(false);
}

void FindBar::step(bool forward)
{
    if (isHidden())
        open(false);
    if (m_refresh.isActive())
        search(false);
    if (m_result.matches.isEmpty())
        return;
    const QList<TextMatch> &matches = m_result.matches;
    const qsizetype here = m_editor.selection().begin;
    auto it = std::ranges::lower_bound(matches, here, {}, &TextMatch::begin);
    if (forward) {
        if (it != matches.end() && *it == m_editor.selection())
            ++it;
        if (it == matches.end())
            it = matches.begin();
    } else {
        if (it == matches.begin())
            it = matches.end();
        --it;
    }
    m_editor.select(*it);
    m_anchor = it->begin;
    showStatus();
}

void FindBar::replaceOne()
{
    if (m_refresh.isActive())
        search(false);
    const qsizetype index = currentIndex();
    if (index >= 0) {
        const TextMatch match = m_result.matches[index];
        const QString text = replacementFor(m_editor.text(), match, query(), m_replacement->text());
        m_editor.replaceMatches({{match, text}});
        // After what was put in, so that it is not found in its turn.
        m_editor.select({match.begin + text.size(), 0});
        search(false);
    }
    step(true);
}

void FindBar::replaceAll()
{
    search(false);
    const QString text = m_editor.text();
    QList<std::pair<TextMatch, QString>> replacements;
    for (const TextMatch &match : m_result.matches)
        replacements.append({match, replacementFor(text, match, query(), m_replacement->text())});
    const qsizetype count = replacements.size();
    m_editor.replaceMatches(replacements);
    search(false);
    if (count > 0)
        m_status->setText(tr("%n replaced", nullptr, int(count)));
}

qsizetype FindBar::currentIndex() const
{
    const TextMatch selected = m_editor.selection();
    const auto it =
        std::ranges::lower_bound(m_result.matches, selected.begin, {}, &TextMatch::begin);
    return it != m_result.matches.end() && *it == selected ? it - m_result.matches.begin() : -1;
}

void FindBar::showStatus()
{
    if (isHidden())
        return;
    QString text;
    bool bad = false;
    const QLocale locale;
    const qsizetype count = m_result.matches.size();
    if (m_refresh.isActive())
        return; // what is known is of a text that is no more
    const qsizetype index = currentIndex();
    m_editor.showCurrentMatch(index < 0 ? TextMatch{} : m_result.matches[index]);
    if (!m_result.patternError.isEmpty()) {
        text = tr("Not a pattern: %1, at character %2")
                   .arg(m_result.patternError)
                   .arg(m_result.errorOffset + 1);
        bad = true;
    } else if (m_pattern->text().isEmpty()) {
        text.clear();
    } else if (count == 0) {
        text = tr("No results");
        bad = true;
    } else {
        const QString total =
            locale.toString(count) + (m_result.truncated ? QStringLiteral("+") : QString());
        text = index < 0 ? tr("%1 found").arg(total)
                         : tr("%1 of %2").arg(locale.toString(index + 1), total);
    }
    m_status->setText(text);
    m_status->setToolTip(bad ? text : QString());
    m_status->setProperty("bad", bad);
    m_status->style()->unpolish(m_status);
    m_status->style()->polish(m_status);
}

QString FindBar::status() const
{
    return m_status->text();
}

void FindBar::showReplace(bool shown)
{
    m_replaceField->setVisible(shown);
    m_replaceOne->setVisible(shown);
    m_replaceAll->setVisible(shown);
    m_expand->setIcon(
        glyphIcon(shown ? Glyph::Expanded : Glyph::Right, m_theme.quiet, m_theme.disabled));
}

bool FindBar::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut) {
        QWidget *field = static_cast<QWidget *>(watched)->parentWidget();
        field->setProperty("focused", event->type() == QEvent::FocusIn);
        field->style()->unpolish(field);
        field->style()->polish(field);
    }
    return QWidget::eventFilter(watched, event);
}

void FindBar::keyPressEvent(QKeyEvent *event)
{
    const bool shift = event->modifiers() & Qt::ShiftModifier;
    switch (event->key()) {
    case Qt::Key_Escape: closeBar(); return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_replacement->hasFocus() && (event->modifiers() & Qt::ControlModifier))
            replaceAll();
        else if (m_replacement->hasFocus())
            replaceOne();
        else
            step(!shift);
        return;
    default: QWidget::keyPressEvent(event);
    }
}

} // namespace editor
