<?php
// The discussion's page, as Parley's: the frame around the rounds is a template (made of Parley's own page, so that
// the same bytes are sent), the rounds are read, rendered, and kept in memcached, each under what it depends on.
declare(strict_types=1);
require __DIR__ . '/common.php';
require __DIR__ . '/rounds.php';
require __DIR__ . '/frame.php';

$database = database();
$id = $_GET['id'];
$all = ($_GET['rounds'] ?? '') === 'all';
// One snapshot, as a page must be.
$database->beginTransaction();
$found = rows($database, 'SELECT topic, status, version, created_at FROM discussions WHERE id = ? AND deleted_at IS NULL', $id);
if ($found === []) {
    http_response_code(404);
    exit;
}
$discussion = $found[0];
$cursor = rows($database, "SELECT seq FROM sqlite_sequence WHERE name = 'events'")[0]['seq'];
$seats = array_column(rows($database, 'SELECT seat, persona, provider, model FROM seats WHERE discussion = ?', $id), null, 'seat');
$numbers = array_column(rows($database, 'SELECT number FROM rounds WHERE discussion = ? ORDER BY number DESC LIMIT 20', $id), 'number');
sort($numbers);
rows($database, 'SELECT content FROM summaries WHERE discussion = ?', $id);
rows($database, 'SELECT data FROM resolutions WHERE discussion = ? AND reopened_at IS NULL', $id);

$rounds = rendered_rounds($database, cache(), $id, $discussion, $seats, $numbers, $all);
$database->commit();
$topic = escaped($discussion['topic']);

header('Content-Type: text/html; charset=utf-8');
header('Cache-Control: no-store');
include $_SERVER[$all ? 'FRAME_ALL' : 'FRAME'];
