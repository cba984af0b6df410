// A client of AWS Lambda's Runtime API for a function without one of its own: it is built together
// with the function, whose place FUNCTION takes.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	IMPORT
)

var edgewrightBase = "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/"

type edgewrightFault struct {
	Type    string           `json:"errorType"`
	Message string           `json:"errorMessage"`
	Stack   []map[string]any `json:"stackTrace"`
}

func edgewrightPost(path string, body []byte) {
	response, err := http.Post(edgewrightBase+path, "application/json", bytes.NewReader(body))
	if err != nil {
		os.Exit(1)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}

// Frames of the user's own files, the innermost last.
func edgewrightStack() []map[string]any {
	frames := []map[string]any{}
	lines := strings.Split(string(debug.Stack()), "\n")
	for i := 1; i+1 < len(lines); i += 2 {
		place := strings.Fields(lines[i+1])
		if len(place) == 0 || !strings.Contains(place[0], "/EDGEWRIGHT_BUILD/") || strings.Contains(place[0], "edgewright_main") {
			continue
		}
		file, line, _ := strings.Cut(place[0], ".go:")
		number, _ := strconv.Atoi(line)
		_, file, _ = strings.Cut(file, "/EDGEWRIGHT_BUILD/")
		name := lines[i]
		if at := strings.LastIndex(name, "("); at > 0 {
			name = name[:at]
		}
		name = name[strings.LastIndex(name, ".")+1:]
		frames = append([]map[string]any{{"path": file + ".go", "line": number, "label": name}}, frames...)
	}
	return frames
}

func edgewrightArguments(function reflect.Type, ctx context.Context, event []byte) ([]reflect.Value, error) {
	arguments := []reflect.Value{}
	for i := 0; i < function.NumIn(); i++ {
		if i == 0 && function.In(0).Implements(reflect.TypeOf((*context.Context)(nil)).Elem()) {
			arguments = append(arguments, reflect.ValueOf(ctx))
			continue
		}
		value := reflect.New(function.In(i))
		if raw, ok := value.Interface().(*[]byte); ok {
			*raw = event
		} else if err := json.Unmarshal(event, value.Interface()); err != nil {
			return nil, err
		}
		arguments = append(arguments, value.Elem())
	}
	return arguments, nil
}

// Any of: func(), func(event), func(ctx, event), with no result, an error, a value, or both.
func edgewrightCall(ctx context.Context, event []byte) (result []byte, fault *edgewrightFault) {
	defer func() {
		if panicked := recover(); panicked != nil {
			kind := fmt.Sprintf("%T", panicked)
			fault = &edgewrightFault{strings.TrimPrefix(kind, "*"), fmt.Sprint(panicked), edgewrightStack()}
		}
	}()
	function := reflect.ValueOf(FUNCTION)
	arguments, err := edgewrightArguments(function.Type(), ctx, event)
	if err != nil {
		return nil, &edgewrightFault{"EventError", err.Error(), []map[string]any{}}
	}
	result = []byte("null")
	for _, value := range function.Call(arguments) {
		if value.Type().Implements(reflect.TypeOf((*error)(nil)).Elem()) {
			if err, ok := value.Interface().(error); ok && err != nil {
				kind := strings.TrimPrefix(fmt.Sprintf("%T", err), "*")
				return nil, &edgewrightFault{kind, err.Error(), []map[string]any{}}
			}
		} else if result, err = json.Marshal(value.Interface()); err != nil {
			return nil, &edgewrightFault{"ResultError", err.Error(), []map[string]any{}}
		}
	}
	return result, nil
}

func main() {
	for {
		response, err := http.Get(edgewrightBase + "invocation/next")
		if err != nil || response.StatusCode != 200 {
			return
		}
		event, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return
		}
		id := response.Header.Get("Lambda-Runtime-Aws-Request-Id")
		deadline, _ := strconv.ParseInt(response.Header.Get("Lambda-Runtime-Deadline-Ms"), 10, 64)
		ctx, cancel := context.WithDeadline(context.Background(), time.UnixMilli(deadline))
		ctx = context.WithValue(ctx, "aws_request_id", id)
		os.Setenv("_X_AMZN_TRACE_ID", response.Header.Get("Lambda-Runtime-Trace-Id"))
		result, fault := edgewrightCall(ctx, event)
		cancel()
		if fault != nil {
			body, _ := json.Marshal(fault)
			edgewrightPost("invocation/"+id+"/error", body)
		} else {
			edgewrightPost("invocation/"+id+"/response", result)
		}
	}
}
