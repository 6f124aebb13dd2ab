// body
export type { BodyIndex, Found, Place } from './body/BodyIndex.js'
export type { BodyRefusal } from './body/BodyRefusal.js'
export { bodyClientId } from './body/bodyClientId.js'
export { bodyFromTexts } from './body/bodyFromTexts.js'
export { type AllowedRoots, type BodyCheck, type BodyVerdict, checkBodyUpdate } from './body/checkBodyUpdate.js'
export { indexOfState } from './body/indexOfState.js'
export { mergeUpdates } from './body/mergeUpdates.js'
export { openBody, stateOfBody } from './body/openBody.js'
export {
  type BodyId,
  type BodyStruct,
  type BodyUpdate,
  type DeletedRange,
  readUpdate,
  type StructBlock,
} from './body/readUpdate.js'
export type { RootKind } from './body/rootKind.js'
export { sameBody } from './body/sameBody.js'
export { bodyIsEmpty, diffBody, readVector, vectorOf } from './body/vectorOf.js'
export type { AccessChange, BodyChange, CommittedChange, RowChange } from './change/CommittedChange.js'
export { rowBefore } from './change/CommittedChange.js'
export type { Envelope, RoutedAnswer } from './change/Envelope.js'
export {
  type AnyCommand,
  type Command,
  type CommandContext,
  type CommandDefinition,
  command,
  commandDefinitionOf,
  type Outcome,
} from './command/Command.js'
export type { BatchTx, CommandTx, ReadTx } from './command/CommandTx.js'
export { derivedId } from './command/derivedId.js'
export type {
  BuiltInCode,
  BuiltInDetails,
  Details,
  OutcomeOf,
  RejectableCode,
  Rejected,
  Rejections,
} from './command/Outcome.js'
export type { InsertReceipt, Receipt } from './command/Receipt.js'
export { isWriteFault, refusalFromError } from './command/refusals.js'
export { checkCommandInput, type RunContext, type RunResult, runCommand } from './command/runCommand.js'
export { UnreadSignal } from './command/UnreadSignal.js'
export {
  type ErrorCode,
  type ErrorEntry,
  errorCodeFromClose,
  errorEntry,
  errors,
  isErrorCode,
  type RetryPolicy,
} from './error/errors.js'
export { type Issue, issueFrom, issueText } from './error/Issue.js'
export { isTidemarkError, TidemarkError, type TidemarkErrorOptions } from './error/TidemarkError.js'
export { canonicalJson } from './json/canonicalJson.js'
export { checkJson, isPlainObject, type JsonProblem } from './json/checkJson.js'
export { equalJson } from './json/equalJson.js'
export { hash53, hash64 } from './json/hashText.js'
export { isScalar, type Json, type Scalar } from './json/Json.js'
export type { Answer, Refusal } from './mutation/Answer.js'
export { leastReplicaAgeMs } from './mutation/leastReplicaAgeMs.js'
export type { Mutation, NumberedMutation, RowWrite } from './mutation/Mutation.js'
export type { Clock } from './platform/Clock.js'
export { systemClock } from './platform/Clock.js'
export type { Random } from './platform/Random.js'
export { randomId, systemRandom } from './platform/Random.js'
export type { Other, PresenceScope } from './presence/PresenceScope.js'
export { placeScope, recordOfPlace } from './presence/placeScope.js'
export { type PresenceDefinition, presence, presenceDefinitionOf } from './presence/presence.js'
export { decodePresenceState, encodePresenceState, type PresenceState } from './presence/presenceState.js'
export { andWhere, type Condition, everything, nothing } from './query/Condition.js'
export { canonicalQuery, canonicalWhere } from './query/canonicalQuery.js'
export { compareStrings, compareValues } from './query/compareValues.js'
export { compileMatcher, type Matcher } from './query/compileMatcher.js'
export { caseFolding, foldCase } from './query/foldCase.js'
export type { ListQuery, SortTerm } from './query/ListQuery.js'
export { type ListWindow, LiveResult, type ResultChange } from './query/LiveResult.js'
export { matches } from './query/matches.js'
export { parseQuery } from './query/parseQuery.js'
export { type FieldLookup, parseWhere } from './query/parseWhere.js'
export { type QueryRow, scalarOf } from './query/QueryRow.js'
export { queryHash } from './query/queryHash.js'
export { type Bound, compareRows, compareSortKeys, isWithin, type SortKey, sortKeyOf } from './query/sortKey.js'
export { type EqualitySplit, splitEquality } from './query/splitEquality.js'
export { editValue, editValues } from './row/editValues.js'
export type { FieldEdit, FieldEdits } from './row/FieldEdit.js'
export type { EditOrigin, FieldKind, Merged } from './row/mergeEdits.js'
export { insertRecord, mergeEdits, removeRecord } from './row/mergeEdits.js'
export type { FieldMark, FieldMarks, RecordState, Register } from './row/RecordState.js'
export { fieldsAfter } from './row/RecordState.js'
export type { RowValues } from './row/RowValues.js'
export { queryRowOf } from './row/RowValues.js'
export type { Stamp } from './row/Stamp.js'
export { effectiveStamp, msOfStamp, nextStamp, stampFromMs } from './row/Stamp.js'
export type { Change, ChangeGap, ChangeOf, ChangeSource } from './schema/Change.js'
export type { CheckFields } from './schema/CheckFields.js'
export {
  type AnyCollection,
  type Collection,
  type CollectionOptions,
  collection,
  type FieldsOf,
  type Insert,
  type Patch,
  type Query,
  type Row,
  type Where,
} from './schema/Collection.js'
export { type CollectionModel, modelOf } from './schema/CollectionModel.js'
export { checkId, isId } from './schema/checkId.js'
export { type CheckedInsert, checkInsert, type WriteRights } from './schema/checkInsert.js'
export { checkPatch } from './schema/checkPatch.js'
export {
  type CounterField,
  counter,
  type DecidedField,
  type DecidedKey,
  decided,
  type Field,
  type Fields,
  type RichTextField,
  type RichTextKey,
  type RowKey,
  richText,
  type SetField,
  type SetKey,
  set,
  type TextField,
  type TextKey,
  text,
  type ValueOf,
} from './schema/Field.js'
export type {
  CounterModel,
  DecidedModel,
  FieldKindName,
  FieldModel,
  RegisterModel,
  RichTextModel,
  SetModel,
  TextModel,
} from './schema/FieldModel.js'
export type { Flat } from './schema/Flat.js'
export type { ClientInsert, CommandInsert } from './schema/InsertOf.js'
export { newId } from './schema/newId.js'
export { type OpenCollection, openCollection } from './schema/OpenCollection.js'
export type { ClientPatch, CommandPatch, CounterPatch, SetPatch } from './schema/PatchOf.js'
export type { Checked } from './schema/plainJson.js'
export type { ConditionOf, Filter, IndexKey, OrderKey, QueryOf, WhereOf } from './schema/QueryOf.js'
export type { RowMeta, RowOf } from './schema/RowOf.js'
export type { In, Out, Schema } from './schema/Schema.js'
export { defineSchema, type SchemaDef } from './schema/SchemaDef.js'
export { type CollectionDescription, checkCompatible, type SchemaDescription } from './schema/SchemaDescription.js'
export { type SchemaModel, schemaModelOf } from './schema/SchemaModel.js'
export type { ListTarget, RecordTarget } from './schema/Target.js'
export { withDefaults } from './schema/withDefaults.js'
export type { Busy } from './wire/busy.js'
export type { CaughtUp, LiveView } from './wire/caughtUp.js'
export type { Changes, Chunk } from './wire/changes.js'
export { encodeChangesHead, encodeChunk } from './wire/changes.js'
export { decodeEnvelope, encodeEnvelope } from './wire/envelopeCodec.js'
export type { ClientMessage, NodeMessage } from './wire/frame.js'
export { decodeClientFrame, decodeNodeFrame, encodeClientMessage, encodeNodeMessage } from './wire/frame.js'
export type { Goodbye } from './wire/goodbye.js'
export type { Heartbeat } from './wire/heartbeat.js'
export type { Hello } from './wire/hello.js'
export { decodeMutation, decodeMutationBytes, encodeMutation } from './wire/mutationCodec.js'
export type { PresenceMessage, ShownPresence } from './wire/presence.js'
export { protocolVersion } from './wire/protocol.js'
export type { Push } from './wire/push.js'
export type { PushPart } from './wire/pushPart.js'
export { decodeWhole } from './wire/read.js'
export type { Reconcile, ReconcileReason } from './wire/reconcile.js'
export { SchemaTable, type TableCollection } from './wire/SchemaTable.js'
export { schemaTableOf } from './wire/schemaTableOf.js'
export type { Snapshot, SnapshotItem } from './wire/snapshot.js'
export { encodeSnapshotPart, SnapshotItemsEncoder } from './wire/snapshot.js'
export type { Resume, Subscribe, Subscription, WatchTarget } from './wire/subscribe.js'
export type { Unsubscribe } from './wire/unsubscribe.js'
export type { Welcome } from './wire/welcome.js'
