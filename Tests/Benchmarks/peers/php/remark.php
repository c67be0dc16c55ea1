<?php
// A remark, kept as Parley keeps one: the command, its effect, its event and its acknowledgement in one transaction that
// is synced before the answer leaves; the same id again gets the same acknowledgement.
declare(strict_types=1);
require __DIR__ . '/common.php';

function refuse(int $status, string $code): never
{
    http_response_code($status);
    echo json_encode(['error' => ['code' => $code]]);
    exit;
}

header('Content-Type: application/json');
$id = $_SERVER['DISCUSSION'];
$key = $_SERVER['HTTP_IDEMPOTENCY_KEY'] ?? '';
$input = trim(json_decode(file_get_contents('php://input'), true, 8, JSON_THROW_ON_ERROR)['input'] ?? '');
if ($key === '' || $input === '' || mb_strlen($input) > 5000) {
    refuse(400, 'VALIDATION_ERROR');
}
$hash = hash('sha256', "input\0$id\0$input");
$now = (int) (microtime(true) * 1000);

$database = database();
// The default here, but everything stands on it.
$database->exec('PRAGMA synchronous = FULL');
// Not beginTransaction: a reader that becomes a writer could be refused without a wait.
$database->exec('BEGIN IMMEDIATE');
try {
    $found = rows($database, 'SELECT owner, status FROM discussions WHERE id = ? AND deleted_at IS NULL', $id);
    $owner = $found[0]['owner'] ?? null;
    $known = rows($database, 'SELECT hash, cursor FROM commands WHERE person = ? AND id = ?', $owner, $key);
    if ($known === []) {
        if ($owner === null || $found[0]['status'] !== 'waiting') {
            $database->exec('ROLLBACK');
            refuse($owner === null ? 404 : 409, $owner === null ? 'DISCUSSION_NOT_FOUND' : 'NOT_WAITING');
        }
        $round = rows($database, 'SELECT max(number) AS number FROM rounds WHERE discussion = ?', $id)[0]['number'];
        rows($database, 'INSERT INTO user_inputs (discussion, round, input, created_at) VALUES (?, ?, ?, ?)', $id, $round, $input, $now);
        $data = json_encode(['round' => $round, 'input' => $input]);
        rows($database, "INSERT INTO events (discussion, type, data, at) VALUES (?, 'user-input', ?, ?)", $id, $data, $now);
        $cursor = (int) $database->lastInsertId();
        rows($database, 'UPDATE discussions SET version = version + 1, updated_at = ? WHERE id = ?', $now, $id);
        rows($database, "INSERT INTO commands (person, id, hash, name, discussion, cursor, at) VALUES (?, ?, ?, 'user-input', ?, ?, ?)", $owner, $key, $hash, $id, $cursor, $now);
    } elseif ($known[0]['hash'] !== $hash) {
        $database->exec('ROLLBACK');
        refuse(422, 'COMMAND_CONFLICT');
    }
    $database->exec('COMMIT');
} catch (Throwable $error) {
    $database->exec('ROLLBACK');
    throw $error;
}
echo json_encode(['ack' => ['event' => 'user-input', 'id' => $key, 'discussionId' => $id,
    'cursor' => $cursor ?? $known[0]['cursor'], 'replayed' => $known !== []]]);
