#pragma once

#include <QStringList>

#include <functional>

namespace editor {

/// Asks what becomes of unsaved text. The application shows a box, tests answer at once.
class SaveQuestion
{
public:
    enum class Answer { Save, Discard, Cancel };

    virtual ~SaveQuestion() = default;
    /// Calls \a answer once, now or later. \a paths are the files with unsaved text.
    virtual void ask(const QStringList &paths, std::function<void(Answer)> answer) = 0;
};

} // namespace editor
