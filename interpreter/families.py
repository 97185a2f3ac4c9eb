"""Every family of nodes and filters is imported: from here on the catalogues are full.

Preparing a document needs this; running a kept program does not, since it names the families it uses.
"""

import interpreter.filters.families
import interpreter.nodes.blocks
import interpreter.nodes.cache
import interpreter.nodes.calls
import interpreter.nodes.databases
import interpreter.nodes.errors
import interpreter.nodes.files
import interpreter.nodes.http
import interpreter.nodes.inspection
import interpreter.nodes.loops
import interpreter.nodes.mail
import interpreter.nodes.realtime
import interpreter.nodes.record_lists
import interpreter.nodes.records
import interpreter.nodes.responses
import interpreter.nodes.security
import interpreter.nodes.text
import interpreter.nodes.variables  # noqa: F401 - imported for what they register
