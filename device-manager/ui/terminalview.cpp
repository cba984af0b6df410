#include "device-manager/ui/terminalview.h"

#include <QApplication>
#include <QClipboard>
#include <QKeyEvent>
#include <QMenu>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

// The painting is in terminalviewpainting.cpp.
namespace device {

namespace {

constexpr int wheelLine = 40; // eighths of a degree: three lines for each step of a usual wheel

bool isWindowShortcut(const QKeyEvent &key)
{
    const auto modifiers = key.modifiers();
    const bool isControlShift =
        modifiers.testFlag(Qt::ControlModifier) && modifiers.testFlag(Qt::ShiftModifier);
    const bool isDigit = key.key() >= Qt::Key_0 && key.key() <= Qt::Key_9;
    return isControlShift || (modifiers.testFlag(Qt::AltModifier) && isDigit);
}

bool isOfWord(const TerminalCell &cell)
{
    const char32_t c = cell.chars[0];
    return c > 0x7f ||
           (c != 0 && (QChar(c).isLetterOrNumber() || QStringView(u"_-./~:@").contains(QChar(c))));
}

} // namespace

TerminalView::TerminalView(TerminalScreen *screen, QWidget *parent)
    : QAbstractScrollArea(parent), m_screen(screen)
{
    setAccessibleName(tr("Terminal"));
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_InputMethodEnabled);
    setFrameShape(NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn); // the screen's width must not jump
    viewport()->setCursor(Qt::IBeamCursor);
    connect(m_screen, &TerminalScreen::changed, this, &TerminalView::onChanged);
    connect(m_screen, &TerminalScreen::scrolledOut, this, &TerminalView::onScrolledOut);
    connect(verticalScrollBar(), &QScrollBar::valueChanged, viewport(),
            qOverload<>(&QWidget::update));
}

void TerminalView::setColors(const TerminalColors &colors)
{
    m_colors = colors;
    QPalette palette = this->palette();
    palette.setColor(QPalette::Base, colors.surface);
    palette.setColor(QPalette::Window, colors.surface);
    setPalette(palette);
    viewport()->update();
}

void TerminalView::setTerminalFont(const QFont &font)
{
    setFont(font);
    const QFontMetricsF metrics(this->font());
    constexpr int many = 64; // hinting rounds what a single character says of itself
    m_cell = {metrics.horizontalAdvance(QString(many, QLatin1Char('m'))) / many,
              std::ceil(metrics.height())};
    m_ascent = metrics.ascent();
    fit();
}

void TerminalView::fit()
{
    const int columns = std::max(2, int((viewport()->width() - m_origin.x()) / m_cell.width()));
    const int rows = std::max(1, int((viewport()->height() - m_origin.y()) / m_cell.height()));
    if (columns == m_screen->columns() && rows == m_screen->rows())
        return;
    m_anchor = m_end = {};
    m_screen->resize(columns, rows);
    Q_EMIT sizeChanged(columns, rows);
}

void TerminalView::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    if (viewport()->height() >= m_cell.height()) // not while a panel is folded
        fit();
}

void TerminalView::onScrolledOut(int lines)
{
    // What is marked goes up with its text, and a reader who scrolled back keeps the place.
    if (m_anchor != m_end) {
        m_anchor.line -= lines;
        m_end.line -= lines;
    }
    QScrollBar *bar = verticalScrollBar();
    if (bar->value() < bar->maximum()) {
        const QSignalBlocker quiet(bar);
        const int fromEnd = bar->maximum() - bar->value() + lines;
        bar->setMaximum(m_screen->history());
        bar->setValue(bar->maximum() - fromEnd);
    }
}

void TerminalView::onChanged()
{
    QScrollBar *bar = verticalScrollBar();
    const bool wasAtEnd = bar->value() == bar->maximum();
    bar->setPageStep(m_screen->rows());
    bar->setRange(0, m_screen->isAlternate() ? 0 : m_screen->history());
    if (wasAtEnd)
        bar->setValue(bar->maximum());
    viewport()->update();
}

int TerminalView::topLine() const
{
    return verticalScrollBar()->value() - verticalScrollBar()->maximum();
}

TerminalView::Place TerminalView::placeAt(const QPointF &position) const
{
    const QPointF from = position - m_origin;
    const int line = topLine() + int(std::floor(from.y() / m_cell.height()));
    return {std::clamp(line, -m_screen->history(), m_screen->rows() - 1),
            std::clamp(int(std::lround(from.x() / m_cell.width())), 0, m_screen->columns())};
}

QPoint TerminalView::cellAt(const QPointF &position) const
{
    const QPointF from = position - m_origin;
    return {std::clamp(int(from.x() / m_cell.width()), 0, m_screen->columns() - 1),
            std::clamp(int(from.y() / m_cell.height()), 0, m_screen->rows() - 1)};
}

QString TerminalView::selectedText() const
{
    if (m_anchor == m_end)
        return {};
    const auto [from, to] = std::minmax(m_anchor, m_end);
    return m_screen->text(from.line, from.column, to.line, to.column);
}

void TerminalView::copy()
{
    if (const QString text = selectedText(); !text.isEmpty())
        QApplication::clipboard()->setText(text);
}

void TerminalView::paste()
{
    m_screen->paste(QApplication::clipboard()->text());
}

bool TerminalView::event(QEvent *event)
{
    // Keys that the window has shortcuts for are the program's, but for those that lead out.
    if (event->type() == QEvent::ShortcutOverride) {
        if (!isWindowShortcut(*static_cast<QKeyEvent *>(event)))
            event->accept();
        return true;
    }
    return QAbstractScrollArea::event(event);
}

bool TerminalView::focusNextPrevChild(bool)
{
    return false;
}

void TerminalView::keyPressEvent(QKeyEvent *event)
{
    const auto modifiers = event->modifiers();
    const bool isControlShift =
        modifiers.testFlag(Qt::ControlModifier) && modifiers.testFlag(Qt::ShiftModifier);
    const bool isShift = modifiers == Qt::ShiftModifier;
    QScrollBar *bar = verticalScrollBar();
    if (isControlShift && event->key() == Qt::Key_C)
        return copy();
    if ((isControlShift && event->key() == Qt::Key_V) ||
        (isShift && event->key() == Qt::Key_Insert))
        return paste();
    if (isShift && (event->key() == Qt::Key_PageUp || event->key() == Qt::Key_PageDown))
        return bar->triggerAction(event->key() == Qt::Key_PageUp
                                      ? QAbstractSlider::SliderPageStepSub
                                      : QAbstractSlider::SliderPageStepAdd);
    if (isControlShift || !m_screen->press(event->key(), modifiers, event->text())) {
        event->ignore();
        return;
    }
    m_anchor = m_end = {};
    bar->setValue(bar->maximum());
    viewport()->update();
}

bool TerminalView::sendMouse(const QMouseEvent *event, bool pressed)
{
    // With Shift the mouse marks text whatever the program wants.
    if (!m_screen->wantsMouse() || event->modifiers().testFlag(Qt::ShiftModifier))
        return false;
    const int button = event->button() == Qt::LeftButton     ? 1
                       : event->button() == Qt::MiddleButton ? 2
                                                             : 3;
    const QPoint cell = cellAt(event->position());
    m_screen->pressMouse(cell.y(), cell.x(), button, pressed);
    return true;
}

void TerminalView::mousePressEvent(QMouseEvent *event)
{
    if (sendMouse(event, true))
        return;
    if (event->button() == Qt::MiddleButton) {
        const QClipboard *clipboard = QApplication::clipboard();
        m_screen->paste(clipboard->text(clipboard->supportsSelection() ? QClipboard::Selection
                                                                       : QClipboard::Clipboard));
    } else if (event->button() == Qt::LeftButton) {
        m_anchor = m_end = placeAt(event->position());
        m_selecting = true;
        viewport()->update();
    }
}

void TerminalView::mouseMoveEvent(QMouseEvent *event)
{
    if (!m_selecting)
        return;
    QScrollBar *bar = verticalScrollBar();
    if (event->position().y() < 0)
        bar->setValue(bar->value() - 1);
    else if (event->position().y() > viewport()->height())
        bar->setValue(bar->value() + 1);
    m_end = placeAt(event->position());
    viewport()->update();
}

void TerminalView::mouseReleaseEvent(QMouseEvent *event)
{
    if (std::exchange(m_selecting, false)) {
        QClipboard *clipboard = QApplication::clipboard();
        if (const QString text = selectedText(); !text.isEmpty() && clipboard->supportsSelection())
            clipboard->setText(text, QClipboard::Selection);
        return;
    }
    sendMouse(event, false);
}

void TerminalView::mouseDoubleClickEvent(QMouseEvent *event)
{
    const Place place = placeAt(event->position());
    const int at = cellAt(event->position()).x();
    int from = at;
    int to = at;
    while (from > 0 && isOfWord(m_screen->cell(place.line, from - 1)))
        --from;
    while (to < m_screen->columns() && isOfWord(m_screen->cell(place.line, to)))
        ++to;
    m_anchor = {place.line, from};
    m_end = {place.line, to};
    m_selecting = true; // until the button is released
    viewport()->update();
}

void TerminalView::wheelEvent(QWheelEvent *event)
{
    m_wheel += event->angleDelta().y();
    const int lines = m_wheel / wheelLine;
    m_wheel -= lines * wheelLine;
    if (!m_screen->isAlternate()) {
        verticalScrollBar()->setValue(verticalScrollBar()->value() - lines);
        return;
    }
    const bool isShift = event->modifiers().testFlag(Qt::ShiftModifier);
    const QPoint cell = cellAt(event->position());
    for (int i = 0; i < std::abs(lines); ++i) {
        if (m_screen->wantsMouse() && !isShift)
            m_screen->pressMouse(cell.y(), cell.x(), lines > 0 ? 4 : 5, true);
        else // pagers and editors scroll by these
            m_screen->press(lines > 0 ? Qt::Key_Up : Qt::Key_Down, {}, {});
    }
}

void TerminalView::contextMenuEvent(QContextMenuEvent *event)
{
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("Copy\tCtrl+Shift+C"), this, &TerminalView::copy)
        ->setEnabled(!selectedText().isEmpty());
    menu->addAction(tr("Paste\tCtrl+Shift+V"), this, &TerminalView::paste);
    menu->popup(event->globalPos());
}

void TerminalView::focusInEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void TerminalView::focusOutEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

void TerminalView::inputMethodEvent(QInputMethodEvent *event)
{
    if (!event->commitString().isEmpty())
        m_screen->press(0, {}, event->commitString());
    event->accept();
}

QVariant TerminalView::inputMethodQuery(Qt::InputMethodQuery query) const
{
    if (query == Qt::ImCursorRectangle) {
        const QPoint cursor = m_screen->cursor();
        return cellRect(cursor.y(), cursor.x(), 1).translated(viewport()->pos());
    }
    return QAbstractScrollArea::inputMethodQuery(query);
}

} // namespace device
